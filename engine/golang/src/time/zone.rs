//! Time zones: UTC, fixed offsets, and those of the bundled database.

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use smol_str::SmolStr;

/// A time zone.
#[derive(Clone, Debug)]
pub enum Zone {
    /// Universal time.
    Utc,
    /// What Go calls the machine's own zone; here it is universal time on every machine.
    Local,
    /// A fixed offset.
    Fixed {
        /// The short name, which may be empty.
        name: SmolStr,
        /// The seconds east of UTC.
        offset: i32,
    },
    /// A zone of the database.
    Named(TimeZone),
}

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// How many changes of the clocks are looked at in search of a short name.
const CHANGES: usize = 200;

impl Zone {
    /// Finds a zone by name, such as `Europe/Berlin`; an empty name is UTC. Gives Go's error text when there is none.
    pub fn load(name: &str) -> Result<Self, String> {
        match name {
            "" | "UTC" => return Ok(Self::Utc),
            "Local" => return Ok(Self::Local),
            _ => {}
        }
        if name.contains("..") || name.starts_with(['/', '\\']) {
            return Err("time: invalid location name".to_owned());
        }
        // The database does not mind the case of letters, Go does.
        let found = DATABASE.get(name).ok().filter(|zone| zone.iana_name() == Some(name));
        found.map(Self::Named).ok_or_else(|| format!("unknown time zone {name}"))
    }

    /// Returns the name of the zone, as Go prints a location.
    pub fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Local => "Local",
            Self::Fixed { name, .. } => name,
            Self::Named(zone) => zone.iana_name().unwrap_or_default(),
        }
    }

    /// Returns the seconds east of UTC at a moment.
    pub fn offset_at(&self, seconds: i64) -> i32 {
        match self {
            Self::Utc | Self::Local => 0,
            Self::Fixed { offset, .. } => *offset,
            Self::Named(zone) => zone.to_offset(moment(seconds)).seconds(),
        }
    }

    /// Returns the short name at a moment, such as `CET`; empty when there is none.
    pub fn abbreviation_at(&self, seconds: i64) -> SmolStr {
        match self {
            Self::Utc | Self::Local => "UTC".into(),
            Self::Fixed { name, .. } => name.clone(),
            Self::Named(zone) => zone.to_offset_info(moment(seconds)).abbreviation().into(),
        }
    }

    /// Returns the offset that a short name means for a clock that shows these seconds.
    pub(super) fn offset_of(&self, name: &str, shown: i64) -> Option<i32> {
        let Self::Named(zone) = self else {
            return (self.abbreviation_at(shown) == name).then(|| self.offset_at(shown));
        };
        let at = moment(shown);
        let mut offsets = Vec::new();
        let now = zone.to_offset_info(at);
        if now.abbreviation() == name {
            offsets.push(now.offset().seconds());
        }
        let around = zone.preceding(at).take(CHANGES).chain(zone.following(at).take(CHANGES));
        offsets.extend(
            around
                .filter(|change| change.abbreviation() == name)
                .map(|change| change.offset().seconds()),
        );
        // The one in force at that moment wins over one of the same name at other times.
        let in_force =
            |offset: &&i32| self.abbreviation_at(shown.saturating_sub(i64::from(**offset))) == name;
        offsets.iter().find(in_force).or_else(|| offsets.first()).copied()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A moment for the database, which ends at the years -9999 and 9999.
fn moment(seconds: i64) -> Timestamp {
    let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(seconds.clamp(first, last)).unwrap_or_default()
}
