//! Bytes to the server and back, with no library between that would mend them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes; reached only by a row that fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came back on a connection until it was closed.
pub(crate) struct Exchange {
    pub(crate) bytes: Vec<u8>,
    /// Whether the server closed the connection; otherwise the patience ran out.
    pub(crate) closed: bool,
}

/// Sends `request` while reading, until the server closes the connection.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Exchange {
    speak(address, request, false)
}

/// As [`exchange`], but the sending side is closed behind the request.
pub(crate) fn exchange_and_hang_up(address: SocketAddr, request: &[u8]) -> Exchange {
    speak(address, request, true)
}

fn speak(address: SocketAddr, request: &[u8], hang_up: bool) -> Exchange {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a socket has timeouts");
    stream
        .set_write_timeout(Some(PATIENCE))
        .expect("a socket has timeouts");
    std::thread::scope(|scope| {
        let (mut writing, reading) = (&stream, &stream);
        scope.spawn(move || {
            // A server that refuses need not read the rest.
            let _ = writing.write_all(request);
            if hang_up {
                let _ = stream_shutdown(writing);
            }
        });
        let exchange = read_to_end(reading);
        let _ = reading.shutdown(Shutdown::Both);
        exchange
    })
}

fn stream_shutdown(stream: &TcpStream) -> std::io::Result<()> {
    stream.shutdown(Shutdown::Write)
}

fn read_to_end(mut stream: &TcpStream) -> Exchange {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Exchange { bytes, closed: true },
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                let closed = !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                return Exchange { bytes, closed };
            }
        }
    }
}
