//! What the machine says of this process, from `/proc`. Where there is none, nothing is said.

use super::page::Page;
use crate::memory;
use std::fmt;
use std::fs;

/// Ticks of a second in `/proc`, the same on every Linux whatever the kernel's own are (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

pub fn show(page: &mut Page) -> fmt::Result {
    let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    if let Some(bytes) = memory::resident() {
        page.gauge("process_resident_bytes", "Memory of the process", bytes)?;
    }
    if let Some(seconds) = cpu(&read("stat")) {
        page.counter("process_cpu_seconds", "Time of all processors that the process used", seconds)?;
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_files", "Open files and connections", files.count())?;
    }
    match open_files_limit(&read("limits")) {
        Some(limit) => page.gauge("process_open_files_limit", "As many may be", limit),
        None => Ok(()),
    }
}

/// User and system time, the 14th and 15th field; the second one is a name in brackets that may hold anything.
fn cpu(stat: &str) -> Option<f64> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

fn open_files_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_proc_are_read_as_they_are() {
        let stat = "42 (hui (yan) 1) S 1 42 42 0 -1 4194560 9 0 0 0 250 150 0 0 20 0 9 0 7 1 2 3";
        assert_eq!(cpu(stat), Some(4.0));
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 4096                 files     \n";
        assert_eq!(open_files_limit(limits), Some(1024));
        assert_eq!((cpu(""), open_files_limit("")), (None, None));
    }
}
