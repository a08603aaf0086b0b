//! What a plugin of age wants to tell or ask, passed on to the person.
//!
//! Promises: its texts are foreign and escaped; where nobody can be asked, it is told so and the
//! command fails with the plugin's own words. Does not start plugins: `quitus_core::cipher` has that done.

use std::sync::Arc;

use quitus_core::cipher::Prompter;
use zeroize::Zeroizing;

use crate::env::Env;
use crate::phrase;
use crate::terminal::Terminal;
use crate::words::Words;

/// A way to the person that outlives the command's own.
#[must_use]
pub fn prompter(env: &Env) -> Arc<dyn Prompter> {
    let words = Words::new(env.terminal().words().language());
    Arc::new(Person(Terminal::new(words, env.terminal().manners())))
}

struct Person(Terminal);

impl Prompter for Person {
    fn tell(&self, message: &str) {
        self.0.say(phrase!("plugin-says", text = message));
    }

    fn choose(&self, question: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let question = phrase!(
            "plugin-asks-whether",
            text = question,
            yes = yes,
            no = no.unwrap_or("-")
        );
        self.0.ask_whether(&question, "age-plugin").ok()
    }

    fn ask(&self, question: &str) -> Option<String> {
        let question = phrase!("plugin-asks", text = question);
        self.0.ask(&question, "age-plugin").ok()
    }

    fn ask_secret(&self, question: &str) -> Option<Zeroizing<String>> {
        let question = phrase!("plugin-asks", text = question);
        self.0.ask_secret(&question, "age-plugin").ok()
    }
}
