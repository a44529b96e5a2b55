//! Where finished lines wait for the thread that writes them out.
//!
//! The thread lets lines gather for a moment and writes them at once: under load that is a few system calls a second
//! instead of two and a change of threads per line. Nothing is dropped; while the reader of the log is slow and a
//! bounded amount waits, whoever logs waits too.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Bytes that may wait.
const MOST: usize = 1 << 20;
/// Bytes that are written without waiting for more.
const ENOUGH: usize = MOST / 8;
/// How long lines may gather.
const GATHER: Duration = Duration::from_millis(20);
/// How long the end of the program waits for a reader that does not read.
const PATIENCE: Duration = Duration::from_secs(1);

/// The entrance; cheap to clone.
#[derive(Clone)]
pub(crate) struct Sink(Arc<Shared>);

/// Writes out what waits when it is dropped.
pub(crate) struct Guard(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Told when the thread has something to do.
    filled: Condvar,
    /// Told when there is room, and at the end.
    emptied: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    idle: bool,
    closing: bool,
    ended: bool,
}

/// Starts the thread that writes to `out`.
///
/// # Errors
/// When there is none to be had.
pub(crate) fn start(out: impl Write + Send + 'static) -> io::Result<(Sink, Guard)> {
    let shared = Arc::new(Shared::default());
    let of_thread = Arc::clone(&shared);
    let work = move || of_thread.write_out(out);
    thread::Builder::new().name("log".to_owned()).spawn(work)?;
    Ok((Sink(Arc::clone(&shared)), Guard(shared)))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8]) {
        let full = |state: &mut State| state.lines.len() >= MOST && !state.ended;
        let state = self.emptied.wait_while(self.lock(), full);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let before = state.lines.len();
        state.lines.extend_from_slice(line);
        let wake = state.idle || (before < ENOUGH && state.lines.len() >= ENOUGH);
        state.idle = false;
        drop(state);
        if wake {
            self.filled.notify_one();
        }
    }

    fn write_out(&self, mut out: impl Write) {
        let mut lines = Vec::new();
        while self.take(&mut lines) {
            self.emptied.notify_all();
            // A log that cannot be written is no reason to stop serving.
            let _ = out.write_all(&lines).and_then(|()| out.flush());
            lines.clear();
        }
        self.lock().ended = true;
        self.emptied.notify_all();
    }

    /// Waits for lines and takes them; `false` at the end.
    fn take(&self, lines: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        state.idle = state.lines.is_empty();
        let nothing = |state: &mut State| state.lines.is_empty() && !state.closing;
        let state = self.filled.wait_while(state, nothing);
        let few = |state: &mut State| state.lines.len() < ENOUGH && !state.closing;
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let gathered = self.filled.wait_timeout_while(state, GATHER, few);
        let (mut state, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut state.lines, lines);
        !lines.is_empty()
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = &'a Sink;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closing = true;
        self.0.filled.notify_one();
        let goes_on = |state: &mut State| !state.ended;
        drop(self.0.emptied.wait_timeout_while(state, PATIENCE, goes_on));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
    use std::thread;

    use super::{MOST, start};

    /// Passes on what is written, once it is allowed to.
    struct Out {
        written: Sender<Vec<u8>>,
        allowed: Receiver<()>,
    }

    fn out() -> (Out, Receiver<Vec<u8>>, SyncSender<()>) {
        let ((written, reader), (allow, allowed)) = (channel(), sync_channel(0));
        (Out { written, allowed }, reader, allow)
    }

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Without a sender everything is allowed.
            let _ = self.allowed.recv();
            let _ = self.written.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn all_lines_are_written_in_order_by_the_end() {
        let (out, reader, allow) = out();
        drop(allow);
        let (sink, guard) = start(out).unwrap();
        let mut expected = Vec::new();
        for number in 0..50_000 {
            let line = format!("line {number}\n");
            (&sink).write_all(line.as_bytes()).unwrap();
            expected.extend_from_slice(line.as_bytes());
        }
        drop(guard);
        let written: Vec<u8> = reader.try_iter().flatten().collect();
        assert!(
            written == expected,
            "{} of {} bytes",
            written.len(),
            expected.len()
        );
    }

    #[test]
    fn who_logs_waits_for_a_slow_reader() {
        let (out, reader, allow) = out();
        let (sink, guard) = start(out).unwrap();
        // One part is being written, one waits, and the third must wait for room.
        let logging = thread::spawn(move || (0..3).for_each(|_| (&sink).write_all(&[b'x'; MOST]).unwrap()));
        allow.send(()).unwrap();
        assert_eq!(reader.recv().unwrap().len(), MOST);
        drop(allow);
        logging.join().unwrap();
        drop(guard);
        assert_eq!(reader.iter().map(|part| part.len()).sum::<usize>(), 2 * MOST);
    }
}
