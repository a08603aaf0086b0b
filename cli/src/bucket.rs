//! What the relay's bucket lists of a transfer, asked for with credentials of this person's own.
//!
//! Promises: it asks for lists and for nothing else, so that credentials which can only list are enough; they
//! come from where every AWS tool looks; plain HTTP is spoken to this machine only. It judges nothing.
//! Spec: `docs/operating.md`, "Storage".

use quitus_bucket::Lists;
use quitus_bucket::place::{ATTEMPTS, Access, Bucket, Patience, REGION, is_private};

use crate::args::CheckArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;

/// What a bucket listed below a prefix.
#[derive(Debug, Default)]
pub struct Seen {
    /// Versions; objects where the server lists no versions.
    pub n_versions: u64,
    /// Delete markers.
    pub n_delete_markers: u64,
    /// Unfinished uploads.
    pub n_uploads: u64,
    /// All of them as people read them, in the order in which they were listed.
    pub names: Vec<String>,
    /// What could be listed.
    pub lists: Lists,
}

/// How the bucket is reached that was named.
///
/// # Errors
///
/// Exit 2 when it is no bucket, or its server is spoken to in the clear beyond this machine.
pub fn access(env: &Env, args: &CheckArgs) -> Result<Access, Failure> {
    let bucket = Bucket::parse(&args.bucket).map_err(|refused| {
        Failure::usage(phrase!("bucket-none", text = &refused.text))
            .hint(phrase!("bucket-none-hint"))
    })?;
    if let Some(endpoint) = &args.s3_endpoint
        && !is_private(endpoint)
    {
        let refused = Failure::usage(phrase!("bucket-plain", endpoint = endpoint));
        return Err(refused.hint(phrase!("bucket-plain-hint")));
    }
    let region = env.region(args.s3_region.as_deref()).unwrap_or(REGION);
    Ok(Access {
        bucket,
        endpoint: args.s3_endpoint.clone(),
        region: region.to_owned(),
        is_virtual_host: args.s3_virtual_host,
        has_checksums: false,
        ca_file: args.s3_ca_file.clone(),
        attempts: ATTEMPTS,
        patience: Patience::default(),
    })
}

/// The store's address, bucket and prefix, as a statement names them.
pub fn described(access: &Access) -> String {
    match &access.endpoint {
        Some(endpoint) => format!("{} at {endpoint}", access.bucket),
        None => format!("{} at AWS", access.bucket),
    }
}

#[cfg(not(feature = "s3"))]
/// Lists everything whose name begins so.
///
/// # Errors
///
/// Exit 2: this build cannot.
pub fn list(_: &Access, _: &str) -> Result<Seen, Failure> {
    Err(Failure::usage(phrase!("bucket-not-built")).hint(phrase!("bucket-not-built-hint")))
}

#[cfg(feature = "s3")]
pub use asking::list;

#[cfg(feature = "s3")]
mod asking {
    use std::io;

    use quitus_bucket::place::Access;
    use quitus_bucket::{Client, Failed, Form, Found, Lists, signed};

    use super::Seen;
    use crate::failure::{Failure, Kind};
    use crate::phrase;

    /// Lists everything whose name begins so.
    ///
    /// # Errors
    ///
    /// Exit 4 when the credentials do not allow it, 2 when there is no such bucket, 7 when it does not answer.
    pub fn list(access: &Access, names: &str) -> Result<Seen, Failure> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().map_err(Failure::unexpected)?;
        let listed = runtime.block_on(ask(access, names));
        let (lists, found) = listed.map_err(|failed| told(failed, access))?;
        let mut seen = Seen {
            lists,
            ..Seen::default()
        };
        for one in found {
            count(&mut seen, one);
        }
        Ok(seen)
    }

    async fn ask(access: &Access, names: &str) -> Result<(Lists, Vec<Found>), Failed> {
        let client = Client::from_conf(signed(access).await?.build());
        let lists = Lists::of(&client, &access.bucket, names).await?;
        let found = lists.list(&client, &access.bucket, names).await?;
        Ok((lists, found))
    }

    fn count(seen: &mut Seen, found: Found) {
        match found.form {
            Form::Object | Form::Version(_) => seen.n_versions += 1,
            Form::Marker(_) => seen.n_delete_markers += 1,
            Form::Upload(_) => seen.n_uploads += 1,
        }
        let name = match found.form.mark() {
            Some(mark) => format!("{} ({mark})", found.name),
            None => found.name,
        };
        seen.names.push(name);
    }

    fn told(failed: Failed, access: &Access) -> Failure {
        let kind = match &failed {
            Failed::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Kind::NotAllowed
            }
            Failed::Io(error) if error.kind() == io::ErrorKind::NotFound => Kind::Usage,
            Failed::Absent | Failed::Full | Failed::Io(_) => Kind::Temporary,
        };
        let bucket = access.bucket.to_string();
        Failure::new(kind, phrase!("bucket-silent", bucket = &bucket))
            .because(failed)
            .hint(phrase!("bucket-silent-hint"))
    }
}
