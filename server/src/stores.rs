//! Opens the store the operator chose, or says why it is not served on.
//!
//! Promises: a bucket is tried out before anything is entrusted to it; what would make a promise false is
//! refused unless the operator allowed that very thing; a prefix of a bucket belongs to one relay. It does
//! not know what is stored.

use std::path::Path;
use std::sync::Arc;

use crate::findings::Finding;
use crate::serve::Failure;
use crate::store::Store;
use crate::store::dir::DirStore;
use crate::store::place::Place;

/// Opens a store to serve on. `owner` names the relay for ever.
///
/// # Errors
/// [`Failure`] names what cannot be opened, or which promise would be false.
pub async fn open(place: &Place, data: &Path, owner: &str) -> Result<Arc<dyn Store>, Failure> {
    match place {
        Place::Dir => {
            let store = DirStore::open(&data.join("objects"));
            let failed = |error| Failure::local("the store cannot be opened", error);
            Ok(Arc::new(store.map_err(failed)?))
        }
        Place::S3(settings) => bucket::open(settings, data, owner).await,
    }
}

/// Tries a store out as [`open`] would, without taking it: a bucket by objects of the trial's own. Nothing
/// is found of a folder.
///
/// # Errors
/// [`Failure`] names what cannot be opened.
pub async fn try_out(
    place: &Place,
    data: &Path,
) -> Result<(Arc<dyn Store>, Vec<Finding>), Failure> {
    match place {
        Place::Dir => Ok((folder(data), Vec::new())),
        Place::S3(settings) => bucket::try_out(settings, data).await,
    }
}

/// A store to list and read, beside the relay it belongs to. Nothing in it is changed.
///
/// # Errors
/// [`Failure`] names what cannot be listed.
pub async fn look(place: &Place, data: &Path) -> Result<Arc<dyn Store>, Failure> {
    match place {
        Place::Dir => Ok(folder(data)),
        Place::S3(settings) => bucket::look(settings, data).await,
    }
}

fn folder(data: &Path) -> Arc<dyn Store> {
    Arc::new(DirStore::at(&data.join("objects")))
}

#[cfg(not(feature = "s3"))]
mod bucket {
    use std::path::Path;
    use std::sync::Arc;

    use crate::config::ConfigError;
    use crate::findings::Finding;
    use crate::serve::Failure;
    use crate::store::Store;
    use crate::store::place::S3Settings;

    // As in a build with it.
    #[allow(clippy::unused_async)]
    pub(super) async fn open(_: &S3Settings, _: &Path, _: &str) -> Result<Arc<dyn Store>, Failure> {
        Err(ConfigError::NoS3.into())
    }

    #[allow(clippy::unused_async)]
    pub(super) async fn try_out(
        _: &S3Settings,
        _: &Path,
    ) -> Result<(Arc<dyn Store>, Vec<Finding>), Failure> {
        Err(ConfigError::NoS3.into())
    }

    #[allow(clippy::unused_async)]
    pub(super) async fn look(_: &S3Settings, _: &Path) -> Result<Arc<dyn Store>, Failure> {
        Err(ConfigError::NoS3.into())
    }
}

#[cfg(feature = "s3")]
mod bucket {
    use std::path::Path;
    use std::sync::Arc;

    use crate::findings::{Finding, Health};
    use crate::serve::Failure;
    use crate::store::place::S3Settings;
    use crate::store::s3::S3Store;
    use crate::store::{Store, StoreError};

    const CREDENTIALS: &str = "look at --store, --s3-endpoint, the credentials (AWS_ACCESS_KEY_ID, \
                               AWS_SECRET_ACCESS_KEY or a profile) and the clock";
    const PREFIX: &str = "give this relay a prefix of its own with --store s3://BUCKET/PREFIX; if the \
                          other relay is gone, delete the object `owner` there";

    pub(super) async fn open(
        settings: &S3Settings,
        data: &Path,
        owner: &str,
    ) -> Result<Arc<dyn Store>, Failure> {
        let (store, findings) = S3Store::open(settings, data).await.map_err(unusable)?;
        for finding in &findings {
            match finding.health {
                Health::Ok => tracing::info!("{}: {}", finding.what, finding.text),
                Health::Warn => tracing::warn!("{}: {}", finding.what, finding.text),
                Health::Fail => return Err(refused(finding)),
            }
        }
        if let Some(other) = store.claim(owner).await.map_err(unusable)? {
            let what = format!("{} belongs to the relay {other}", settings.access.bucket);
            return Err(Failure::refused(what).hint(PREFIX));
        }
        Ok(Arc::new(store))
    }

    pub(super) async fn try_out(
        settings: &S3Settings,
        data: &Path,
    ) -> Result<(Arc<dyn Store>, Vec<Finding>), Failure> {
        let (store, findings) = S3Store::try_out(settings, data).await.map_err(unusable)?;
        Ok((Arc::new(store), findings))
    }

    pub(super) async fn look(
        settings: &S3Settings,
        data: &Path,
    ) -> Result<Arc<dyn Store>, Failure> {
        let store = S3Store::look(settings, data).await.map_err(unusable)?;
        Ok(Arc::new(store))
    }

    fn unusable(error: StoreError) -> Failure {
        Failure::local("the store cannot be used", error).hint(CREDENTIALS)
    }

    fn refused(finding: &Finding) -> Failure {
        let what = format!(
            "the store is not served on: {}: {}",
            finding.what, finding.text
        );
        let Some(allowable) = finding.allowable else {
            return Failure::refused(what).hint(CREDENTIALS);
        };
        let hint = format!(
            "change the bucket, or give up that promise with --s3-allow {}",
            allowable.as_str()
        );
        Failure::refused(what).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use quitus_core::digest::Blake3;
    use quitus_core::transfer::TransferId;

    use super::*;
    use crate::store::{Batch, ObjectName, Piece};

    #[tokio::test]
    async fn whoever_looks_leaves_alone_what_is_being_stored() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        let Ok(store) = open(&Place::Dir, data, "relay").await else {
            panic!("a folder can be opened");
        };
        let mut deposit = store.begin(3).await.unwrap();
        let batch = Batch {
            frames: vec![Bytes::from_static(b"abc")],
            bytes: 3,
            room: None,
        };
        deposit.write(batch).await.unwrap();
        assert!(look(&Place::Dir, data).await.is_ok());
        assert!(try_out(&Place::Dir, data).await.is_ok());
        let name = ObjectName {
            transfer: TransferId::from_bytes([1; 16]),
            piece: Piece::Manifest,
            digest: Blake3::of(b"abc"),
        };
        deposit.finish(name).await.unwrap();
        assert!(store.open(name).await.is_ok());
        let nowhere = data.join("nowhere");
        assert!(look(&Place::Dir, &nowhere).await.is_ok());
        assert!(!nowhere.exists());
    }
}
