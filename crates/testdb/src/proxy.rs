//! A way to a database that a test can block or break: a TCP proxy before the cluster's socket.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::Database;

/// How the server tells that a transaction was committed.
const COMMITTED: &[u8] = b"COMMIT\0";

/// What is to happen to the bytes that come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trap {
    None,
    /// The server's word that a transaction was committed is lost, and the connection with it.
    LoseAnswer,
    /// The client's connection is lost with what it says next, which reaches the server only when the proxy is let go on.
    Delay,
}

#[derive(Debug)]
struct State {
    blocked: bool,
    trap: Trap,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    socket: PathBuf,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until bytes may pass.
    fn pass(&self) {
        let blocked = self.changed.wait_while(self.state(), |state| state.blocked);
        drop(blocked.unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether this trap is set; it is sprung then.
    fn springs(&self, trap: Trap) -> bool {
        let mut state = self.state();
        let set = state.trap == trap;
        if set {
            state.trap = Trap::None;
        }
        set
    }
}

/// See the module. Connections that were made stay until their ends close them.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    port: u16,
    name: String,
}

impl Proxy {
    /// A proxy before this database.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn before(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it listens").port();
        let state = State {
            blocked: false,
            trap: Trap::None,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            socket: database.cluster.folder.join(".s.PGSQL.5432"),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                serve(&serving, client);
            }
        });
        Self {
            shared,
            port,
            name: database.name.clone(),
        }
    }

    /// Where the database is through this, as a client is told.
    pub fn url(&self) -> String {
        format!(
            "host=127.0.0.1 port={} user=stockyard dbname={}",
            self.port, self.name
        )
    }

    /// The same as an address.
    pub fn address(&self) -> String {
        format!("postgres://stockyard@127.0.0.1:{}/{}", self.port, self.name)
    }

    /// Lets nothing pass any more, either way; connections stay open, and new ones are taken.
    pub fn block(&self) {
        self.shared.state().blocked = true;
    }

    /// Whether nothing passes.
    pub fn is_blocked(&self) -> bool {
        self.shared.state().blocked
    }

    /// Lets pass what waits and all that comes.
    pub fn go_on(&self) {
        self.shared.state().blocked = false;
        self.shared.changed.notify_all();
    }

    /// Loses the server's next word that a transaction was committed, with its connection.
    pub fn lose_next_commit(&self) {
        self.shared.state().trap = Trap::LoseAnswer;
    }

    /// Loses the connection of the client that speaks next, and keeps back what it said until [`Proxy::go_on`].
    pub fn delay_next_words(&self) {
        self.shared.state().trap = Trap::Delay;
    }
}

fn serve(shared: &Arc<Shared>, client: TcpStream) {
    let Ok(server) = UnixStream::connect(&shared.socket) else {
        // As a server that is away: the client sees its connection closed.
        return;
    };
    let (Ok(to_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    let (up, down) = (Arc::clone(shared), Arc::clone(shared));
    thread::spawn(move || speak(&up, client, to_server));
    thread::spawn(move || answer(&down, server, to_client));
}

/// From the client to the server.
fn speak(shared: &Shared, mut client: TcpStream, mut server: UnixStream) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        if shared.springs(Trap::Delay) {
            shared.state().blocked = true;
            // It may be closed already.
            let _ = client.shutdown(Shutdown::Both);
        }
        shared.pass();
        if server.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

/// From the server to the client.
fn answer(shared: &Shared, mut server: UnixStream, mut client: TcpStream) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = server.read(&mut bytes) {
        let said = &bytes[..count];
        let commits = said.windows(COMMITTED.len()).any(|part| part == COMMITTED);
        if commits && shared.springs(Trap::LoseAnswer) {
            break;
        }
        shared.pass();
        // When the client is gone, the server does not learn of it here: it says what it has to say to nobody.
        let _ = client.write_all(said);
    }
    let _ = client.shutdown(Shutdown::Both);
}
