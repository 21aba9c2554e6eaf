//! What this process has of the machine's memory and what it may have, as the system tells. Where it tells nothing, nothing is known.
//!
//! Must not know what the memory is for.

use crate::limits::MEMORY_MARK_PERCENT;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

/// What somebody said that this process may have; 0 if nobody did.
static SAID: AtomicU64 = AtomicU64::new(0);

/// How much there may be, and how much there is.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    allowed: Option<u64>,
    used: fn() -> Option<u64>,
}

impl Memory {
    /// Of this process: what the machine has, or the control group it runs in, or what was said that it may have.
    pub fn of_process() -> Memory {
        let said = Some(SAID.load(Ordering::Relaxed)).filter(|said| *said > 0);
        Memory { allowed: [said, group(), machine()].into_iter().flatten().min(), used: resident }
    }

    /// As somebody says.
    pub fn told(allowed: u64, used: fn() -> Option<u64>) -> Memory {
        Memory { allowed: Some(allowed), used }
    }

    /// Where the system tells nothing.
    #[cfg(test)]
    pub fn unknown() -> Memory {
        Memory { allowed: None, used: || None }
    }

    /// Bytes that there may be; `None` if nobody knows.
    pub fn allowed(&self) -> Option<u64> {
        self.allowed
    }

    /// Bytes that there are; `None` if nobody knows.
    pub fn used(&self) -> Option<u64> {
        (self.used)()
    }

    /// So many of a hundred of what there may be.
    pub fn percent(&self, percent: u64) -> Option<u64> {
        self.allowed.map(|allowed| allowed / 100 * percent)
    }

    /// Would so many bytes more be below the mark from which nothing more should be brought in?
    pub fn has_room_for(&self, bytes: u64) -> bool {
        self.percent(MEMORY_MARK_PERCENT).zip(self.used()).is_none_or(|(mark, used)| used.saturating_add(bytes) < mark)
    }
}

/// From now on this process keeps within so many bytes, where the machine has more.
pub fn keep_within(bytes: u64) {
    SAID.store(bytes, Ordering::Relaxed);
}

/// Bytes of this process that are in memory.
pub fn resident() -> Option<u64> {
    kilobytes(&read("/proc/self/status"), "VmRSS:")
}

/// As many as there ever were.
pub fn peak() -> Option<u64> {
    kilobytes(&read("/proc/self/status"), "VmHWM:")
}

fn machine() -> Option<u64> {
    kilobytes(&read("/proc/meminfo"), "MemTotal:")
}

/// The bound of the control group, of either version.
fn group() -> Option<u64> {
    let groups = read("/proc/self/cgroup");
    let files = groups.lines().filter_map(bound_of).flat_map(|(inside, whole)| [inside, whole]);
    // A group without a bound says "max", or a number beyond all machines, which the machine's own undercuts.
    files.filter_map(|file| read(&file).trim().parse().ok()).min()
}

/// Where a line of `/proc/self/cgroup` has its bound, seen from outside of a container and from within.
fn bound_of(line: &str) -> Option<(String, String)> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?.trim_end_matches('/'));
    let (root, name) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max"),
        _ if controllers.split(',').any(|name| name == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        _ => return None,
    };
    Some((format!("{root}{path}/{name}"), format!("{root}/{name}")))
}

/// A line of the kind `VmRSS: 1234 kB`, in bytes.
fn kilobytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_files_are_read_as_they_are() {
        assert_eq!(kilobytes("Name:\thuiyan\nVmRSS:\t   12345 kB\nVmData:\t1 kB\n", "VmRSS:"), Some(12_345 * 1024));
        assert_eq!(kilobytes("", "VmRSS:"), None);
        let of = |line| bound_of(line).map(|(inside, _)| inside);
        assert_eq!(of("0::/system.slice/huiyan.service").unwrap(), "/sys/fs/cgroup/system.slice/huiyan.service/memory.max");
        assert_eq!(of("4:memory:/a").unwrap(), "/sys/fs/cgroup/memory/a/memory.limit_in_bytes");
        assert_eq!(of("0::/").unwrap(), "/sys/fs/cgroup/memory.max");
        assert_eq!((of("5:devices:/a"), of("nonsense")), (None, None));
        assert!(resident().is_none_or(|bytes| bytes > 1 << 20) && peak() >= resident());
    }

    #[test]
    fn the_mark_is_below_what_there_may_be() {
        let at = |used: fn() -> Option<u64>| !Memory::told(1_000, used).has_room_for(0);
        assert!(!at(|| Some(MEMORY_MARK_PERCENT * 10 - 1)) && at(|| Some(MEMORY_MARK_PERCENT * 10)) && !at(|| None));
        assert!(Memory { allowed: None, used: || Some(u64::MAX) }.has_room_for(0));
    }
}
