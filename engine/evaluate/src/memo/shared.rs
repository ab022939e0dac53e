//! What is large and quickly made again: kept only as long as someone uses it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use weir_model::Digest;

/// Things by digest, each made by whoever needs it first and dropped by whoever needs it last.
pub(crate) struct Shared<T>(Mutex<BTreeMap<Digest, Arc<Mutex<Weak<T>>>>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Shared<T> {
    /// Returns what someone uses, or makes it; whoever else needs it meanwhile waits.
    pub(crate) fn get_or_make<E>(
        &self,
        key: &Digest,
        make: impl FnOnce() -> Result<Arc<T>, E>,
    ) -> Result<Arc<T>, E> {
        let place = {
            let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry(*key).or_default())
        };
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = place.upgrade() {
            return Ok(used);
        }
        let made = make()?;
        *place = Arc::downgrade(&made);
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_shared_and_what_is_not_is_dropped() {
        let shared: Shared<u8> = Shared::default();
        let key = Digest::of(b"x");
        let failed: Result<_, &str> = shared.get_or_make(&key, || Err("no"));
        assert_eq!(failed.unwrap_err(), "no");
        let one = shared.get_or_make::<()>(&key, || Ok(Arc::new(1))).unwrap();
        assert_eq!(*shared.get_or_make::<()>(&key, || Ok(Arc::new(2))).unwrap(), 1);
        drop(one);
        assert_eq!(*shared.get_or_make::<()>(&key, || Ok(Arc::new(3))).unwrap(), 3);
    }
}
