//! Bodies of requests and answers: what parses prints to something that parses to the same.

use quitus_core::protocol::{
    Activity, Claim, Complete, Create, Created, Envelope, Extend, Granted, Inbox, Invite, Invites,
    Receipt, Recipients, Redeem, Redeemed, Refusal, Status, Transfers,
};
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
    settles::<Transfers>(data);
    settles::<Extend>(data);
    settles::<Recipients>(data);
    settles::<Activity>(data);
    settles::<Receipt>(data);
    settles::<Inbox>(data);
    settles::<Envelope>(data);
    settles::<Invite>(data);
    settles::<Invites>(data);
    settles::<Redeem>(data);
    settles::<Redeemed>(data);
}

fn settles<T: Serialize + DeserializeOwned>(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<T>(data) else {
        return;
    };
    let printed = serde_json::to_vec(&body).expect("a body prints");
    let again: T = serde_json::from_slice(&printed).expect("what prints parses");
    assert_eq!(serde_json::to_vec(&again).expect("a body prints"), printed);
}
