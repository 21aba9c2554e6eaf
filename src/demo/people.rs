//! People who do not exist: names, and identity numbers of an area that does not exist.

use crate::types::to_civil;

#[derive(Clone)]
pub struct Person {
    pub id_no: String,
    pub name: String,
}

/// The `n`th person of a county; nobody else has the number, and for the first thousands nobody there the name. `turn` sets where the names
/// begin.
pub fn person(county: &str, n: i64, turn: i64) -> Person {
    // Births spread over 1960 to 1999; the running number keeps them apart.
    let birth = to_civil(-3_652 + (n * 7919) % 14_600).map(|d| format!("{:04}{:02}{:02}", d.year(), d.month(), d.day()));
    let body = format!("{county}{}{:03}", birth.unwrap_or_default(), 100 + (n / 14_600) % 900);
    Person { id_no: format!("{body}{}", check_digit(&body)), name: name(n, turn) }
}

/// Every thirtieth has a name in parts, which offices write with dots, spaces or neither.
fn name(n: i64, turn: i64) -> String {
    if n % 30 == 7 {
        let k = (n / 30 + turn) as usize;
        return format!("{}·{}", at(&FIRST, k), at(&LAST, k / FIRST.len()));
    }
    let all = SURNAMES.len() * GIVEN.len() * GIVEN.len();
    let k = (n as usize).wrapping_mul(7919).wrapping_add(turn as usize) % all;
    let (surname, rest) = (at(&SURNAMES, k), k / SURNAMES.len());
    let second = rest / GIVEN.len();
    format!("{surname}{}{}", at(&GIVEN, rest), if second == 0 { "" } else { at(&GIVEN, second) })
}

fn at<'a>(list: &[&'a str], index: usize) -> &'a str {
    list[index % list.len()]
}

/// Whether a number as it was sent passes its check: of 18 digits in whatever width, or of the 15 of before 1999, which have none.
pub fn passes(id_no: &str) -> bool {
    let plain = narrow(id_no);
    plain.len() == 15 || plain.len() == 18 && plain.ends_with(check_digit(&plain[..17]))
}

/// Full-width letters and digits as plain ones.
pub fn narrow(text: &str) -> String {
    let plain = |c: char| u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).filter(char::is_ascii_graphic).unwrap_or(c);
    text.chars().map(plain).collect()
}

/// ISO 7064 MOD 11-2 over the first 17 digits (GB 11643).
fn check_digit(body: &str) -> char {
    let sum: u32 = body.bytes().enumerate().map(|(i, b)| u32::from(b - b'0') * ((1u32 << (17 - i)) % 11)).sum();
    ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize]
}

const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "林", "郭", "何", "高", "罗", "郑",
    "梁", "谢", "宋",
];
const GIVEN: [&str; 28] = [
    "伟", "芳", "娜", "敏", "静", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "桂", "英",
    "华", "玉", "兰", "红", "建", "国", "文",
];
const FIRST: [&str; 9] = ["阿卜杜", "穆萨", "伊萨", "尤素福", "哈桑", "苏来曼", "易卜拉欣", "达吾提", "努尔"];
const LAST: [&str; 11] =
    ["艾合买提", "买买提", "阿西木", "库尔班", "热合曼", "卡德尔", "吐尔逊", "肉孜", "依明", "萨迪克", "玉山"];

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::super::spelling::{of_15_digits, slip, wide};
    use super::*;
    use crate::expr::id_valid;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_valid_and_nobody_shares_one_or_a_name() {
        let mut rng = Rng::new(1);
        for turn in [0, 5_000] {
            let people: Vec<Person> = (1..2_500).map(|n| person("640299", n, turn)).collect();
            assert!(people.iter().all(|p| id_valid(&p.id_no) && passes(&p.id_no) && passes(&wide(&p.id_no))));
            assert!(people.iter().all(|p| passes(&of_15_digits(&p.id_no)) && !passes(&slip(&p.id_no, &mut rng))));
            let distinct = |of: fn(&Person) -> &str| people.iter().map(of).collect::<BTreeSet<_>>().len();
            assert_eq!((distinct(|p| &p.id_no), distinct(|p| &p.name)), (people.len(), people.len()));
        }
    }
}
