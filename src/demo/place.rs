//! Where a county lies and what its codes are: a number that says which county of a province it is.
//!
//! What is planted is written in the codes of the first county; [`Place::settle`] turns them into those of another where rows and truth leave.
//! No code is that of a county that exists: prefecture 6402 has none from 57 to 99, and there are no prefectures 6491 to 6499.

use super::town::{COUNTY, HIGHER_COUNTY, NEIGHBOUR_COUNTY, PRISON_COUNTY};

pub struct Place {
    number: i64,
    /// Its area code.
    pub county: String,
    pub name: String,
}

/// Counties of a prefecture.
const EACH: i64 = 10;
/// The name of the first county, then those of the others, by prefecture and place in it.
const FIRST: &str = "红果";
const BEFORE: [&str; 10] = ["红", "青", "白", "金", "玉", "石", "河", "山", "林", "泉"];
const AFTER: [&str; 10] = ["果", "岭", "川", "湾", "原", "滩", "峰", "谷", "桥", "沟"];

impl Place {
    /// County `number` of a province, from 0.
    pub fn of(number: i64) -> Place {
        let at = |list: &[&'static str; 10], n: i64| list[n.rem_euclid(10) as usize];
        let name = match number {
            0 => FIRST.to_string(),
            _ => format!("{}{}", at(&BEFORE, number / EACH), at(&AFTER, number)),
        };
        let mut place = Place { number, county: COUNTY.to_string(), name };
        place.county = place.settled(COUNTY);
        place
    }

    /// What the numbers of its papers begin with.
    pub fn short(&self) -> &str {
        &self.county[2..]
    }

    /// The prefecture's first four digits, and the county counted down from the first one's.
    fn settled(&self, area: &str) -> String {
        let prefecture = if self.number < EACH { 6402 } else { 6490 + self.number / EACH };
        let county: i64 = area[4..].parse().unwrap_or(0);
        format!("{prefecture}{:02}", county - self.number % EACH)
    }

    /// A code of an agency or a county, or several with `|` between them, as this place has it; any other text stays.
    pub fn settle(&self, text: &str) -> String {
        if self.number == 0 {
            return text.to_string();
        }
        let parts: Vec<String> = text.split('|').map(|part| self.part(part)).collect();
        parts.join("|")
    }

    fn part(&self, text: &str) -> String {
        for area in [COUNTY, PRISON_COUNTY, HIGHER_COUNTY, NEIGHBOUR_COUNTY] {
            if text == area || text.split_once(':').is_some_and(|(_, code)| code.starts_with(area)) {
                return text.replace(area, &self.settled(area));
            }
        }
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_hundred_counties_share_no_code_and_no_name() {
        let places: Vec<Place> = (0..100).map(Place::of).collect();
        let codes: BTreeSet<String> = places
            .iter()
            .flat_map(|place| [COUNTY, PRISON_COUNTY, HIGHER_COUNTY, NEIGHBOUR_COUNTY].map(|area| place.settle(area)))
            .collect();
        assert_eq!(codes.len(), 400);
        assert!(codes.iter().all(|code| code.len() == 6 && (code.starts_with("6402") || code.starts_with("649"))));
        assert!(codes.iter().all(|code| code[4..].parse::<i64>().is_ok_and(|county| county >= 57)));
        assert_eq!(places.iter().map(|place| &place.name).collect::<BTreeSet<_>>().len(), 100);
    }

    #[test]
    fn codes_are_turned_and_other_text_is_not() {
        let place = Place::of(23);
        assert_eq!(place.settle("court:640299-01|（2022）宁0299刑初6号|1"), "court:649296-01|（2022）宁0299刑初6号|1");
        assert_eq!(place.settle("640299"), "649296");
        assert_eq!(place.settle("640299198501010011"), "640299198501010011");
        assert_eq!(Place::of(0).settle("police:640299-11"), "police:640299-11");
    }
}
