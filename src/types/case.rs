//! [`CaseState`]: what people made of a clue, and [`Dismissal`]: why they put one aside. The words of case work, and which may follow which.
//!
//! Must not know: who may say so, where it is kept.

/// How far people are with a clue. What the rules say of it is another axis.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum CaseState {
    /// Nobody has said anything of it yet, or what was said does not hold any more.
    #[default]
    New,
    Checking,
    Confirmed,
    Dismissed(Dismissal),
    OpinionIssued,
    Replied,
    Rectified,
    Closed,
}

/// Why a clue was dismissed: the exceptions and false positives that rules are known to have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Dismissal {
    PaperArrivedOtherwise,
    IdentityMistaken,
    DataError,
    DataIncomplete,
    NotOwedByLaw,
    PersonPrevented,
    DecisionChanged,
    OtherJurisdiction,
    AlreadyHandled,
    OtherWithNote,
}

/// All reasons with the numbers and names that are kept for ever, and what they are called in English and Chinese.
const DISMISSALS: [(Dismissal, u8, &str, &str, &str); 10] = {
    use Dismissal as D;
    [
        (D::PaperArrivedOtherwise, 1, "paper-arrived-otherwise", "The paper came another way", "文书已经其他途径送达"),
        (D::IdentityMistaken, 2, "identity-mistaken", "It is another person", "人员认定有误"),
        (D::DataError, 3, "data-error", "The records sent are wrong", "报送的数据有误"),
        (D::DataIncomplete, 4, "data-incomplete", "The records sent are not complete", "报送的数据不全"),
        (D::NotOwedByLaw, 5, "not-owed-by-law", "The law does not ask for it here", "依法不负有该项义务"),
        (D::PersonPrevented, 6, "person-prevented", "The person had a good reason", "本人有正当理由"),
        (D::DecisionChanged, 7, "decision-changed", "The decision was annulled or changed", "原决定已撤销或者变更"),
        (D::OtherJurisdiction, 8, "other-jurisdiction", "Another place is in charge", "不属于本地管辖"),
        (D::AlreadyHandled, 9, "already-handled", "It was dealt with already", "已经另行处理"),
        (D::OtherWithNote, 10, "other-with-note", "Another reason, which the note says", "其他（见说明）"),
    ]
};

impl CaseState {
    /// The names of all states, the first being that of a clue of which nobody has said anything.
    pub const NAMES: [&str; 8] =
        ["new", "checking", "confirmed", "dismissed", "opinion-issued", "replied", "rectified", "closed"];

    pub fn name(self) -> &'static str {
        CaseState::NAMES[usize::from(self.number())]
    }

    /// Kept for ever, as the place in [`CaseState::NAMES`] is.
    pub fn number(self) -> u8 {
        match self {
            CaseState::New => 0,
            CaseState::Checking => 1,
            CaseState::Confirmed => 2,
            CaseState::Dismissed(_) => 3,
            CaseState::OpinionIssued => 4,
            CaseState::Replied => 5,
            CaseState::Rectified => 6,
            CaseState::Closed => 7,
        }
    }

    /// A reason stands with a dismissal and with nothing else.
    pub fn of_number(number: u8, reason: Option<Dismissal>) -> Option<CaseState> {
        Some(match (number, reason) {
            (0, None) => CaseState::New,
            (1, None) => CaseState::Checking,
            (2, None) => CaseState::Confirmed,
            (3, Some(reason)) => CaseState::Dismissed(reason),
            (4, None) => CaseState::OpinionIssued,
            (5, None) => CaseState::Replied,
            (6, None) => CaseState::Rectified,
            (7, None) => CaseState::Closed,
            _ => return None,
        })
    }

    pub fn of_name(name: &str, reason: Option<Dismissal>) -> Option<CaseState> {
        let number = CaseState::NAMES.iter().position(|known| *known == name)?;
        CaseState::of_number(number as u8, reason)
    }

    pub fn dismissal(self) -> Option<Dismissal> {
        if let CaseState::Dismissed(reason) = self { Some(reason) } else { None }
    }

    /// May people say this of a clue of which they have said that? They may think again and go back to any finding, but nobody answers or
    /// mends what was not found to be so; and nobody says that nothing was said.
    pub fn may_follow(self, before: CaseState) -> bool {
        use CaseState as S;
        match self {
            S::New => false,
            S::Checking | S::Confirmed => true,
            S::Dismissed(_) => !matches!(before, S::Rectified | S::Closed),
            S::OpinionIssued => matches!(before, S::Confirmed | S::OpinionIssued | S::Replied),
            S::Replied => matches!(before, S::OpinionIssued | S::Replied),
            S::Rectified => matches!(before, S::Confirmed | S::OpinionIssued | S::Replied | S::Rectified),
            S::Closed => matches!(before, S::Confirmed | S::OpinionIssued | S::Replied | S::Rectified | S::Closed),
        }
    }

    /// The names of what may be said of a clue next.
    pub fn next(self) -> Vec<&'static str> {
        let any = Dismissal::all().next();
        let states = (0..CaseState::NAMES.len() as u8).filter_map(|n| CaseState::of_number(n, any.filter(|_| n == 3)));
        states.filter(|state| state.may_follow(self)).map(CaseState::name).collect()
    }

    /// Did people find that it is so? What can be said only after that counts too. `None`: they have not made up their mind.
    pub fn finding(self) -> Option<bool> {
        match self {
            CaseState::New | CaseState::Checking => None,
            CaseState::Dismissed(_) => Some(false),
            CaseState::Confirmed | CaseState::OpinionIssued | CaseState::Replied | CaseState::Rectified | CaseState::Closed => {
                Some(true)
            }
        }
    }
}

impl Dismissal {
    pub fn all() -> impl Iterator<Item = Dismissal> {
        DISMISSALS.iter().map(|(reason, ..)| *reason)
    }

    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Kept for ever; never 0.
    pub fn number(self) -> u8 {
        self.row().1
    }

    pub fn of_number(number: u8) -> Option<Dismissal> {
        DISMISSALS.iter().find(|row| row.1 == number).map(|row| row.0)
    }

    pub fn of_name(name: &str) -> Option<Dismissal> {
        DISMISSALS.iter().find(|row| row.2 == name).map(|row| row.0)
    }

    /// In English and Chinese.
    pub fn titles(self) -> (&'static str, &'static str) {
        (self.row().3, self.row().4)
    }

    fn row(self) -> &'static (Dismissal, u8, &'static str, &'static str, &'static str) {
        &DISMISSALS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<CaseState> {
        let plain = (0..8).filter_map(|n| CaseState::of_number(n, None));
        plain.chain(Dismissal::all().map(CaseState::Dismissed)).collect()
    }

    #[test]
    fn numbers_and_names_lead_back() {
        assert_eq!(all().len(), 7 + DISMISSALS.len());
        for state in all() {
            assert_eq!(CaseState::of_number(state.number(), state.dismissal()), Some(state));
            assert_eq!(CaseState::of_name(state.name(), state.dismissal()), Some(state));
        }
        for (place, (reason, number, name, ..)) in DISMISSALS.into_iter().enumerate() {
            assert_eq!((reason as usize, reason.number(), reason.name()), (place, number, name));
            assert_eq!((Dismissal::of_number(number), Dismissal::of_name(name)), (Some(reason), Some(reason)));
        }
        assert_eq!((CaseState::of_number(3, None), CaseState::of_number(1, Dismissal::of_number(1))), (None, None));
        assert_eq!((CaseState::of_number(8, None), Dismissal::of_number(0), Dismissal::of_name("")), (None, None, None));
    }

    #[test]
    fn nobody_answers_what_was_not_found_and_everybody_may_think_again() {
        let names = |name: &str| all().into_iter().find(|state| state.name() == name).unwrap().next();
        assert_eq!(names("new"), ["checking", "confirmed", "dismissed"]);
        assert_eq!(names("checking"), names("new"));
        assert_eq!(names("dismissed"), names("new"));
        assert_eq!(names("confirmed"), ["checking", "confirmed", "dismissed", "opinion-issued", "rectified", "closed"]);
        assert_eq!(names("opinion-issued").len(), 7);
        assert_eq!(names("rectified"), ["checking", "confirmed", "rectified", "closed"]);
        assert_eq!(names("closed"), ["checking", "confirmed", "closed"]);
    }
}
