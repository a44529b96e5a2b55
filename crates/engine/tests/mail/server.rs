//! A mail server as far as a client sees it: it greets, takes envelopes and texts, and refuses where the test says so.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What it says to a recipient.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reply {
    Take,
    Refuse,
    PutOff,
    /// Closes the connection.
    HangUp,
}

/// A mail that it took.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) recipient: String,
    pub(crate) text: String,
}

#[derive(Default)]
struct State {
    mails: Vec<Taken>,
    attempts: HashMap<String, u32>,
    connections: u32,
}

type Decide = dyn Fn(&str, u32) -> Reply + Send + Sync;

/// See the module.
pub(crate) struct Server {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// Starts it; `decide` gets the recipient and how often he was named, counted from 1.
    pub(crate) fn start(decide: impl Fn(&str, u32) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                shared.lock().unwrap().connections += 1;
                // The client going away is how each conversation ends.
                let _ = converse(stream.unwrap(), &shared, &decide);
            }
        });
        Self { port, state }
    }

    pub(crate) fn mails(&self) -> Vec<Taken> {
        self.state.lock().unwrap().mails.clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        self.state.lock().unwrap().connections
    }
}

fn converse(stream: TcpStream, state: &Mutex<State>, decide: &Decide) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mut recipient = String::new();
    out.write_all(b"220 mail.example.com ESMTP\r\n")?;
    loop {
        let line = read_line(&mut lines)?;
        let word = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250 mail.example.com\r\n",
            "RCPT" => {
                recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                let mut state = state.lock().unwrap();
                let attempt = state.attempts.entry(recipient.clone()).or_default();
                *attempt += 1;
                match decide(&recipient, *attempt) {
                    Reply::Take => "250 ok\r\n",
                    Reply::Refuse => "550 no such user\r\n",
                    Reply::PutOff => "451 try again later\r\n",
                    Reply::HangUp => return Ok(()),
                }
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let text = read_text(&mut lines)?;
                let taken = Taken {
                    recipient: recipient.clone(),
                    text,
                };
                state.lock().unwrap().mails.push(taken);
                "250 ok\r\n"
            }
            "" => return Ok(()),
            _ => "250 ok\r\n",
        };
        out.write_all(answer.as_bytes())?;
    }
}

fn read_line(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    lines.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// The text up to the dot, with doubled dots undone.
fn read_text(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        match line.as_str() {
            ".\r\n" | "" => return Ok(text),
            line => text.push_str(line.strip_prefix('.').unwrap_or(line)),
        }
    }
}
