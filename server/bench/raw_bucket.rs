//! What the AWS SDK alone does with a bucket, for `tests/bench/bucket` to compare the relay with.
//!
//! ```text
//! raw_bucket ENDPOINT BUCKET OBJECTS AT_ONCE      prints: put SECONDS get SECONDS
//! ```
//!
//! Objects of 8 MiB, so many at once, with the settings of the relay's store.

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use bytes::Bytes;
use quitus_bucket::Client;
use quitus_bucket::place::{ATTEMPTS, Access, Bucket, Patience, REGION};
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Bytes of an object: a part.
const BYTES: usize = 8 * 1024 * 1024;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, bucket, n_objects, at_once] = arguments.as_slice() else {
        return Err("raw_bucket ENDPOINT BUCKET OBJECTS AT_ONCE".into());
    };
    let (n_objects, at_once): (usize, usize) = (n_objects.parse()?, at_once.parse()?);
    let client = client(endpoint, bucket).await?;
    let bytes: Bytes = (0..BYTES)
        .map(|n| n.to_le_bytes()[1])
        .collect::<Vec<u8>>()
        .into();
    let put = timed(n_objects, at_once, |n| {
        let (client, bucket, bytes) = (client.clone(), bucket.clone(), bytes.clone());
        async move {
            let request = client.put_object().bucket(bucket).key(format!("raw/{n}"));
            request.body(bytes.into()).send().await?;
            Ok(())
        }
    })
    .await?;
    let get = timed(n_objects, at_once, |n| {
        let (client, bucket) = (client.clone(), bucket.clone());
        async move {
            let request = client.get_object().bucket(bucket).key(format!("raw/{n}"));
            let mut body = request.send().await?.body;
            let mut n_bytes = 0;
            while let Some(frame) = body.try_next().await? {
                n_bytes += frame.len();
            }
            if n_bytes == BYTES {
                Ok(())
            } else {
                Err("an object is short".into())
            }
        }
    })
    .await?;
    writeln!(std::io::stdout(), "put {put:.3} get {get:.3}")?;
    Ok(())
}

async fn client(endpoint: &str, bucket: &str) -> Outcome<Client> {
    let access = Access {
        bucket: Bucket::parse(&format!("s3://{bucket}"))?,
        endpoint: Some(endpoint.to_owned()),
        region: REGION.to_owned(),
        is_virtual_host: false,
        has_checksums: false,
        ca_file: None,
        attempts: ATTEMPTS,
        patience: Patience::default(),
    };
    Ok(Client::from_conf(
        quitus_bucket::signed(&access).await?.build(),
    ))
}

/// Seconds for all of them, so many at once.
async fn timed<F: Future<Output = Outcome<()>> + Send + 'static>(
    n: usize,
    at_once: usize,
    work: impl Fn(usize) -> F,
) -> Outcome<f64> {
    let began = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..n {
        if running.len() >= at_once
            && let Some(done) = running.join_next().await
        {
            done??;
        }
        running.spawn(work(number));
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(began.elapsed().as_secs_f64())
}
