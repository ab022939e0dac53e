//! The calendar: days since 1970 to dates and back.

/// The names of the months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of the days of the week.
pub const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Returns the days since 1970 of a date; months and days out of range carry over.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let months = i128::from(month) - 1;
    let year = i128::from(year) + months.div_euclid(12);
    let month = months.rem_euclid(12);
    // Counted from March on, a leap day is the last of a year; a year's era has 400 years of the same days each.
    let year = if month < 2 { year - 1 } else { year };
    let from_march = (month + 10) % 12;
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let days = year * 365 + year / 4 - year / 100 + (from_march * 153 + 2) / 5;
    let total = era * 146_097 + days - 719_468 + i128::from(day) - 1;
    i64::try_from(total.clamp(i128::from(i64::MIN), i128::from(i64::MAX))).unwrap_or_default()
}

/// Returns year, month and day of a number of days since 1970.
pub(super) fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = i128::from(days) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    let year = era * 400 + year + i128::from(month <= 2);
    let day = day - (from_march * 153 + 2) / 5 + 1;
    let small = |number: i128| u32::try_from(number).unwrap_or(1);
    (i64::try_from(year).unwrap_or_default(), small(month), small(day))
}

/// Tells whether a year has a leap day.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Returns the number of days of a month from 1 to 12.
pub(super) fn days_in(month: i64, year: i64) -> i64 {
    days_from_civil(year, month + 1, 1) - days_from_civil(year, month, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_agree() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (19_782, (2024, 2, 29)),
            (-719_162, (1, 1, 1)),
            (-719_528, (0, 1, 1)),
        ] {
            assert_eq!(civil_from_days(days), date);
            assert_eq!(days_from_civil(date.0, i64::from(date.1), i64::from(date.2)), days);
        }
        assert_eq!(days_from_civil(2026, 14, 31), days_from_civil(2027, 3, 3));
        assert_eq!(days_in(2, 2024), 29);
    }
}
