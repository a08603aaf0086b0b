//! A relay that lies about who sent what to whom is named, and nothing is written.

use std::fs;

use quitus_core::archive::Form;
use quitus_core::card::Card;
use quitus_core::keys::Fingerprint;
use quitus_tests::Person;
use tempfile::TempDir;

use crate::offer::{Draft, Offer, Stage, signing_key};

struct Scene {
    stage: Stage,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let (stage, folder) = (Stage::new(), tempfile::tempdir().unwrap());
        Self { stage, folder }
    }

    fn person(&self, name: &str) -> (Person, Card) {
        let person = Person::new(&self.folder.path().join(name), &self.stage.relay.url());
        let init = ["init", "--name", name, "--no-passphrase"];
        let _ = person.run(&init, b"").expect(0);
        let card = fs::read(person.home().join("card")).unwrap();
        (person, Card::verify(&card).unwrap())
    }

    fn offer(&self, draft: &Draft) -> Offer {
        draft.offer(&self.stage.relay.url())
    }

    fn check(&self, person: &Person, offer: Offer, (code, what): (i32, &str)) {
        let link = self.stage.show(offer);
        let outcome = person.receive(&link, "inbox");
        assert_eq!(outcome.code, code, "{what}: {}", outcome.stderr);
        let names = person.on_desk();
        assert_eq!(names.is_empty(), code != 0, "{what}: {names:?}");
    }
}

/// What a sender with key 7 sends to the holders of these cards, naming those.
fn draft(sealed_for: &[&Card], named: &[&Card]) -> Draft {
    let recipients = sealed_for
        .iter()
        .flat_map(|card| card.recipients().to_vec());
    let named: Vec<Fingerprint> = named.iter().map(|card| card.fingerprint()).collect();
    Draft {
        to: Some((recipients.collect(), named)),
        ..Draft::new(Form::File, &[("plan.txt", Some(b"monday"))])
    }
}

#[test]
fn what_was_meant_for_another_is_refused() {
    let scene = Scene::new();
    let ((bob, bobs), (carol, carols)) = (scene.person("bob"), scene.person("carol"));
    let check = |person, draft: &Draft, expected| {
        scene.check(person, scene.offer(draft), expected);
    };
    check(
        &carol,
        &draft(&[&bobs], &[&bobs]),
        (10, "an envelope for bob"),
    );
    // Bob, or whoever opened his envelope, seals it again.
    check(
        &carol,
        &draft(&[&carols], &[&bobs]),
        (6, "forwarded as if meant"),
    );
    check(
        &carol,
        &draft(&[&carols], &[]),
        (6, "for whoever holds a link"),
    );
    check(
        &bob,
        &draft(&[&bobs, &carols], &[&bobs, &carols]),
        (0, "for both"),
    );
}

#[test]
fn envelopes_manifests_and_terms_of_other_hands_are_refused() {
    let scene = Scene::new();
    let (bob, bobs) = scene.person("bob");
    let honest = || draft(&[&bobs], &[&bobs]);
    let offer = |change: &dyn Fn(&mut Draft)| {
        let mut draft = honest();
        change(&mut draft);
        scene.offer(&draft)
    };
    let other = offer(&|draft| draft.secrets = 2);
    let check = |what: &str, change: &dyn Fn(&mut Offer)| {
        let mut changed = offer(&|_| ());
        change(&mut changed);
        scene.check(&bob, changed, (6, what));
    };
    check("the envelope of another transfer", &|offer| {
        offer.envelope.clone_from(&other.envelope);
    });
    check("another's manifest", &|offer| {
        offer.manifest.clone_from(&other.manifest);
    });
    check("a cut envelope", &|offer| {
        offer.envelope.as_mut().unwrap().pop();
    });
    check("no bytes", &|offer| offer.envelope = Some(Vec::new()));
    let mut sealed_for_a_link = offer(&|_| ());
    sealed_for_a_link.envelope = Some(sealed_for_a_link.terms.clone());
    scene.check(&bob, sealed_for_a_link, (10, "terms as envelope"));
    let by_another = offer(&|draft| draft.signers = [7, 8]);
    scene.check(&bob, by_another, (6, "terms that another signed"));
    let unsigned = offer(&|draft| draft.edit_terms = |_| String::new());
    scene.check(&bob, unsigned, (6, "empty terms"));
    scene.check(&bob, offer(&|_| ()), (0, "the honest one"));
}

#[test]
fn terms_that_were_replaced_do_not_come_back() {
    let scene = Scene::new();
    let (bob, bobs) = scene.person("bob");
    let of_version = |version| {
        let mut draft = draft(&[&bobs], &[&bobs]);
        draft.version = version;
        scene.offer(&draft)
    };
    // Version 2 is seen, but its parts do not arrive.
    let mut broken = of_version(2);
    broken.parts.clear();
    scene.check(&bob, broken, (5, "no parts"));
    scene.check(&bob, of_version(1), (6, "the version before"));
    scene.check(&bob, of_version(3), (0, "the next version"));
}

#[test]
fn a_sender_is_whoever_signed_and_nobody_else() {
    let scene = Scene::new();
    let (bob, bobs) = scene.person("bob");
    let (_alice, alices) = scene.person("alice");
    let card = scene.folder.path().join("alice.card");
    fs::write(&card, alices.as_bytes()).unwrap();
    let pin = ["contact", "add", "alice", card.to_str().unwrap()];
    let _ = bob.run(&pin, b"").expect(0);
    let link = scene.stage.show(scene.offer(&draft(&[&bobs], &[&bobs])));
    let args = ["receive", "-", "-o", "inbox", "--from", "alice"];
    let refused = bob.run(&args, link.as_bytes()).expect(6);
    let key = signing_key(7).public().fingerprint();
    assert!(refused.stderr.contains(key.as_str()), "{}", refused.stderr);
    assert!(bob.on_desk().is_empty());
    let received = bob.receive(&link, "inbox").expect(0);
    assert!(
        received.stderr.contains("not one of your contacts"),
        "{}",
        received.stderr
    );
}
