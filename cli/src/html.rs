//! Writes one HTML page into memory.
//!
//! ```text
//! Société <b>  ->  Société &lt;b&gt;          "a\x1b[2J"  ->  a\x1b[2J   (visible, nothing sent)
//! SHA256:Mkgny7…  ->  <code>SHA256:<i>Mkgn</i><wbr><i>y7…   (groups to read aloud, copied in one)
//! ```
//!
//! Promises: markup is only ever written as a literal of this program; every other text has its special
//! characters replaced, and foreign text its invisible ones shown. Does not know what the page says.

use crate::escape::escape;
use crate::words::{Phrase, Words};

/// Letters of a fingerprint or digest that are read in one breath.
const GROUP: usize = 4;

/// A page that is being written, in one language.
pub(crate) struct Html<'a> {
    words: &'a Words,
    text: String,
}

impl<'a> Html<'a> {
    pub(crate) const fn new(words: &'a Words) -> Self {
        let text = String::new();
        Self { words, text }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// The same page, in another language from here on.
    pub(crate) fn go_on(self, words: &Words) -> Html<'_> {
        let text = self.text;
        Html { words, text }
    }

    /// Whether a text in that language is in the page's.
    pub(crate) fn speaks(&self, language: &str) -> bool {
        self.tag() == language
    }

    /// The page's language as HTML names it.
    pub(crate) const fn tag(&self) -> &'static str {
        match self.words.language() {
            crate::words::Language::English => "en",
            crate::words::Language::French => "fr",
        }
    }

    /// Markup: a literal of this program.
    pub(crate) fn raw(&mut self, markup: &'static str) {
        self.text.push_str(markup);
    }

    /// A sentence of the catalogues.
    pub(crate) fn say(&mut self, phrase: &Phrase) {
        let sentence = self.words.write(phrase);
        self.push(&sentence);
    }

    /// A text that somebody else wrote.
    pub(crate) fn foreign(&mut self, text: &str) {
        self.push(&escape(text.as_bytes()));
    }

    /// A digest, key or fingerprint: its name in front, then groups of letters.
    pub(crate) fn code(&mut self, text: &str) {
        let (name, rest) = match text.split_once(':') {
            Some((name, rest)) => (Some(name), rest),
            None => (None, text),
        };
        self.raw("<code class=\"key\">");
        if let Some(name) = name {
            self.foreign(name);
            self.raw(":<wbr>");
        }
        let letters: Vec<char> = escape(rest.as_bytes()).chars().collect();
        for group in letters.chunks(GROUP) {
            self.raw("<i>");
            let group: String = group.iter().collect();
            self.push(&group);
            self.raw("</i><wbr>");
        }
        self.raw("</code>");
    }

    /// Something to be typed as it stands.
    pub(crate) fn typed(&mut self, text: &str) {
        self.raw("<code>");
        self.foreign(text);
        self.raw("</code>");
    }

    /// An element around a sentence; `open` and `close` are its tags.
    pub(crate) fn around(&mut self, open: &'static str, phrase: &Phrase, close: &'static str) {
        self.raw(open);
        self.say(phrase);
        self.raw(close);
    }

    /// A paragraph.
    pub(crate) fn paragraph(&mut self, phrase: &Phrase) {
        self.around("<p>", phrase, "</p>\n");
    }

    /// A title and what stands below it.
    pub(crate) fn section(&mut self, title: &Phrase, content: impl FnOnce(&mut Self)) {
        self.raw("<section>\n");
        self.around("<h2>", title, "</h2>\n");
        content(self);
        self.raw("</section>\n");
    }

    /// A table with the names of its columns, which every page repeats.
    pub(crate) fn table(&mut self, columns: &[Phrase], rows: impl FnOnce(&mut Self)) {
        self.wide_table("<table class=\"list\">", columns, rows);
    }

    /// A table whose `open` tag says more of its looks.
    pub(crate) fn wide_table(
        &mut self,
        open: &'static str,
        columns: &[Phrase],
        rows: impl FnOnce(&mut Self),
    ) {
        self.raw(open);
        self.raw("\n<thead><tr>");
        for column in columns {
            self.around("<th scope=\"col\">", column, "</th>");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        rows(self);
        self.raw("</tbody></table>\n");
    }

    /// A row of cells, each written by one of `cells`.
    pub(crate) fn cells(&mut self, cells: &[&dyn Fn(&mut Self)]) {
        self.raw("<tr>");
        for cell in cells {
            self.raw("<td>");
            cell(self);
            self.raw("</td>");
        }
        self.raw("</tr>\n");
    }

    /// Rows that each begin with a name.
    pub(crate) fn sheet(&mut self, rows: impl FnOnce(&mut Self)) {
        self.raw("<table class=\"sheet\">\n<tbody>\n");
        rows(self);
        self.raw("</tbody></table>\n");
    }

    /// A row of a sheet.
    pub(crate) fn row(&mut self, name: &Phrase, content: impl FnOnce(&mut Self)) {
        self.around("<tr><th scope=\"row\">", name, "</th><td>");
        content(self);
        self.raw("</td></tr>\n");
    }

    fn push(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&#39;"),
                _ => self.text.push(letter),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrase;
    use crate::words::Language;

    #[test]
    fn no_text_becomes_markup_and_none_hides() {
        let words = Words::new(Language::English);
        let mut html = Html::new(&words);
        html.foreign("</td><script>\"'&\u{202e}\u{1b}[2J");
        html.say(&phrase!("cannot-read", path = "<img src=x>"));
        html.code("SHA256:<b>");
        let text = html.finish();
        assert_eq!(
            text,
            "&lt;/td&gt;&lt;script&gt;&quot;&#39;&amp;\\u{202e}\\x1b[2J\
             cannot read &lt;img src=x&gt;\
             <code class=\"key\">SHA256:<wbr><i>&lt;b&gt;</i><wbr></code>"
        );
    }
}
