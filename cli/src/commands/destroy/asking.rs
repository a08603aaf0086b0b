//! What the person is asked before anything is destroyed, and what it is shown word for word before it signs.
//!
//! Promises: every question has an answer before the first file goes; nothing is destroyed without a typed word
//! or `--yes`.

use quitus_core::destruction::{Planned, QUESTIONS};
use quitus_core::statement::Answer;
use quitus_core::text::is_plain;

use super::planning::language;
use crate::args::DestroyArgs;
use crate::env::Env;
use crate::escape::escape;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::words::Phrase;

/// Longest answer: a paragraph.
const ANSWER_CHARACTERS_MAX: usize = 2_000;

/// Asks every question, shows what will be signed, and has it confirmed. Gives the answers and the declaration.
pub(super) fn ask(
    env: &Env,
    args: &DestroyArgs,
    copies: &[Planned],
) -> Result<(Vec<Answer>, String), Failure> {
    let given = given(args)?;
    let mut answers = Vec::new();
    for question in QUESTIONS {
        let words = question_words(question);
        let answer = match given.iter().find(|(name, _)| *name == question) {
            Some((_, answer)) => (*answer).to_owned(),
            None => env
                .terminal()
                .ask(&words, &format!("--answer {question}=…"))?,
        };
        answers.push(Answer {
            question: question.to_owned(),
            language: language(env).to_owned(),
            text: env.terminal().words().write(&words),
            answer: plain(&answer)?,
        });
    }
    let declaration = env
        .terminal()
        .words()
        .write(&phrase!("destroy-declaration"));
    show(env, &answers, &declaration);
    confirm(env, args, copies)?;
    Ok((answers, declaration))
}

/// The answers of the command line: `cloud=no`.
fn given(args: &DestroyArgs) -> Result<Vec<(&str, &str)>, Failure> {
    let mut given = Vec::new();
    for answer in &args.answers {
        match answer.split_once('=') {
            Some((name, text)) if QUESTIONS.contains(&name) && !text.trim().is_empty() => {
                given.push((name, text.trim()));
            }
            Some(_) | None => {
                let hint = phrase!("question-answer-hint", names = QUESTIONS.join(", "));
                return Err(
                    Failure::usage(phrase!("question-answer-malformed", answer = answer))
                        .hint(hint),
                );
            }
        }
    }
    Ok(given)
}

/// A text that may stand in a statement.
fn plain(answer: &str) -> Result<String, Failure> {
    if answer.chars().count() > ANSWER_CHARACTERS_MAX {
        return Err(Failure::usage(phrase!(
            "question-answer-too-long",
            max = ANSWER_CHARACTERS_MAX
        ))
        .hint(phrase!("question-answer-too-long-hint")));
    }
    if is_plain(answer) {
        Ok(answer.to_owned())
    } else {
        Ok(escape(answer.as_bytes()))
    }
}

fn question_words(question: &str) -> Phrase {
    match question {
        "cloud" => phrase!("question-cloud"),
        "ai" => phrase!("question-ai"),
        "others" => phrase!("question-others"),
        "media" => phrase!("question-media"),
        "paper" => phrase!("question-paper"),
        _ => phrase!("question-backups"),
    }
}

/// Everything the person will have said, as it will stand in the statement.
fn show(env: &Env, answers: &[Answer], declaration: &str) {
    let terminal = env.terminal();
    terminal.warn(phrase!("destroy-will-sign"));
    for answer in answers {
        terminal.warn(phrase!(
            "destroy-answer",
            question = &answer.text,
            answer = &answer.answer
        ));
    }
    terminal.warn(phrase!("destroy-declares", text = declaration));
}

fn confirm(env: &Env, args: &DestroyArgs, copies: &[Planned]) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    let word = env.terminal().words().write(&phrase!("destroy-word"));
    let question = phrase!("ask-destroy", n = copies.len(), word = &word);
    let typed = env.terminal().ask(&question, "--yes")?;
    if typed.to_lowercase() == word {
        Ok(())
    } else {
        Err(
            Failure::new(Kind::Interrupted, phrase!("destroy-not-confirmed"))
                .hint(phrase!("destroy-not-confirmed-hint")),
        )
    }
}
