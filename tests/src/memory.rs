//! How much memory processes take at most.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// The most memory a process has had at once, in KiB, as long as it runs.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Waits for processes and gives how each ended, and the most memory it was seen to have.
///
/// # Panics
///
/// If one does not end within `bound`.
pub fn wait_and_weigh(children: &mut [Child], bound: Duration) -> Vec<(ExitStatus, u64)> {
    let mut peaks = vec![0; children.len()];
    let end = Instant::now() + bound;
    loop {
        let mut ended = Vec::new();
        for (child, peak) in children.iter_mut().zip(&mut peaks) {
            *peak = peak_memory(child.id()).unwrap_or(0).max(*peak);
            ended.extend(child.try_wait().ok().flatten());
        }
        if ended.len() == peaks.len() {
            return ended.into_iter().zip(peaks).collect();
        }
        assert!(Instant::now() < end, "it did not end in {bound:?}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
