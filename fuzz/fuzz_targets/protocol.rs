//! Bodies of requests and answers: what parses prints to something that parses to the same.

use quitus_core::protocol::{Claim, Complete, Create, Created, Granted, Refusal, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn check(data: &[u8]) {
    settles::<Create>(data);
    settles::<Created>(data);
    settles::<Complete>(data);
    settles::<Claim>(data);
    settles::<Granted>(data);
    settles::<Status>(data);
    settles::<Refusal>(data);
}

fn settles<T: Serialize + DeserializeOwned>(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<T>(data) else {
        return;
    };
    let printed = serde_json::to_vec(&body).expect("a body prints");
    let again: T = serde_json::from_slice(&printed).expect("what prints parses");
    assert_eq!(serde_json::to_vec(&again).expect("a body prints"), printed);
}
