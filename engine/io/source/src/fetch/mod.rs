//! Answers to demands: from the cache, or else from the network.
//!
//! [`Sources`] is the entry. It reads logins from the user's Docker configuration and `.netrc`, asks no helper program,
//! and shows no credentials. Nothing is set up for the network before something is not in the cache.

mod bucket;
mod error;
mod git;
mod helm;
mod http;
mod key;
mod oci;
mod remote;
#[cfg(test)]
mod tests;
mod token;
mod versions;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use rayon::prelude::*;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use weir_evaluate::{Answer, Demand, Opener, Sealed, Unavailable};
use weir_model::{Artifact, Digest, Revision};

use crate::archive::{self, Layout};
use crate::credentials::{Credentials, Login};
use crate::mirror::Mirrors;
use crate::store::{self, Entry, Store, StoreError};

use key::{is_immutable, url_of};

pub use error::FetchError;

/// How sources are fetched.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The cache's folder; the user's cache folder when none is given.
    pub cache_dir: Option<PathBuf>,
    /// What is fetched from elsewhere.
    pub mirrors: Mirrors,
    /// Whether the cache alone is used, however old.
    pub offline: bool,
    /// Whether only what the repository's lock holds is fetched.
    pub locked: bool,
    /// How long the cache is trusted for what may change: branches, tags, ranges of versions.
    pub ttl: Duration,
    /// How long it is taken for granted that what could not be fetched cannot be fetched.
    pub failure_ttl: Duration,
    /// How long one fetch may take.
    pub timeout: Duration,
    /// How long to pause before a request is tried again; longer each time.
    pub pause: Duration,
    /// How many fetches run at the same time.
    pub parallel: usize,
}

impl Default for Settings {
    /// Ten minutes of trust, five for failures, a minute for a fetch, 16 at a time.
    fn default() -> Self {
        Self {
            cache_dir: None,
            mirrors: Mirrors::default(),
            offline: false,
            locked: false,
            ttl: Duration::from_secs(600),
            failure_ttl: Duration::from_secs(300),
            timeout: Duration::from_secs(60),
            pause: Duration::from_millis(250),
            parallel: 16,
        }
    }
}

/// What becomes of a demand; told as it happens.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'demand> {
    /// It is being fetched from the network.
    Fetching(&'demand Demand),
    /// It was fetched.
    Fetched(&'demand Demand),
    /// It could not be had.
    Failed(&'demand Demand, &'demand Unavailable),
}

/// Answers demands.
pub struct Sources {
    fetcher: Arc<Fetcher>,
    runtime: OnceLock<Result<tokio::runtime::Runtime, String>>,
}

impl Drop for Sources {
    fn drop(&mut self) {
        // A fetch that hangs must not keep the process.
        if let Some(Ok(runtime)) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Sources {
    /// Prepares to fetch. Fails only when there is no folder for the cache.
    pub fn new(settings: Settings) -> Result<Self, StoreError> {
        Self::with_credentials(settings, Credentials::from_user())
    }

    fn with_credentials(settings: Settings, credentials: Credentials) -> Result<Self, StoreError> {
        let fetcher = Fetcher {
            store: Store::open(settings.cache_dir.as_deref())?,
            mirrors: settings.mirrors.clone(),
            credentials,
            http: http::Http::new(settings.pause),
            tokens: Mutex::default(),
            indexes: tokio::sync::Mutex::default(),
            settings,
        };
        Ok(Self { fetcher: Arc::new(fetcher), runtime: OnceLock::new() })
    }

    /// Tells whether only what a lock holds is fetched.
    pub(crate) fn only_locked(&self) -> bool {
        self.fetcher.settings.locked
    }

    /// Returns the cache.
    pub fn store(&self) -> &Store {
        &self.fetcher.store
    }

    /// Answers all these demands, those of the cache first and the others at the same time. What is kept in the cache is
    /// answered sealed: whoever looks into it brings it into memory.
    ///
    /// Objects of the cluster are none of its business: they get no answer.
    pub fn answer(
        &self,
        demands: impl IntoIterator<Item = Demand>,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> BTreeMap<Demand, Result<Answer, Unavailable>> {
        self.answers(demands, false, progress)
    }

    /// Answers as [`Sources::answer`] does, with all files in memory.
    pub fn answer_open(
        &self,
        demands: impl IntoIterator<Item = Demand>,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> BTreeMap<Demand, Result<Answer, Unavailable>> {
        self.answers(demands, true, progress)
    }

    fn answers(
        &self,
        demands: impl IntoIterator<Item = Demand>,
        opened: bool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> BTreeMap<Demand, Result<Answer, Unavailable>> {
        let demands: Vec<Demand> =
            demands.into_iter().filter(|demand| !matches!(demand, Demand::Object(_))).collect();
        let fetcher = &self.fetcher;
        let cached: Vec<Option<Answer>> =
            demands.par_iter().map(|demand| fetcher.cached(demand, opened)).collect();
        let mut answers = BTreeMap::new();
        // Some demands want the same thing, such as two folders of one repository: they share one fetch.
        let mut missing: BTreeMap<Digest, Vec<Demand>> = BTreeMap::new();
        for (demand, cached) in demands.into_iter().zip(cached) {
            match cached {
                Some(answer) => drop(answers.insert(demand, Ok(answer))),
                None => match fetcher.known_failure(&demand) {
                    Some(unavailable) => {
                        progress(Progress::Failed(&demand, &unavailable));
                        answers.insert(demand, Err(unavailable));
                    }
                    None => missing.entry(fetcher.key(&demand)).or_default().push(demand),
                },
            }
        }
        if missing.is_empty() {
            return answers;
        }
        let runtime = self.runtime.get_or_init(|| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(2).enable_all().build().map_err(|error| error.to_string())
        });
        let (first, others): (Vec<Demand>, Vec<Vec<Demand>>) =
            missing.into_values().filter_map(|mut demands| Some((demands.pop()?, demands))).unzip();
        let fetched = match runtime {
            Ok(runtime) => runtime.block_on(self.fetch_all(&first, opened, progress)),
            Err(why) => {
                let error = FetchError::Machine { doing: "start threads", why: why.clone() };
                first
                    .iter()
                    .map(|demand| (demand.clone(), Err(Unavailable::from(&error))))
                    .collect()
            }
        };
        for (first, others) in first.iter().zip(others) {
            if let Some(answer) = fetched.get(first) {
                answers.extend(others.into_iter().map(|demand| (demand, answer.clone())));
            }
        }
        answers.extend(fetched);
        answers
    }

    async fn fetch_all(
        &self,
        demands: &[Demand],
        opened: bool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> BTreeMap<Demand, Result<Answer, Unavailable>> {
        let turns = Arc::new(Semaphore::new(self.fetcher.settings.parallel.max(1)));
        let mut fetches = JoinSet::new();
        let mut running = BTreeMap::new();
        for demand in demands {
            progress(Progress::Fetching(demand));
            let (fetcher, turns) = (self.fetcher.clone(), turns.clone());
            let name = demand.clone();
            let demand = demand.clone();
            let task = fetches.spawn(async move {
                // The semaphore is never closed, so this always is a turn.
                let _turn = turns.acquire().await;
                match fetcher.fetch(&demand).await {
                    // What lies in the cache need not lie in memory, too.
                    Ok(_) if !opened && let Some(kept) = fetcher.cached(&demand, false) => Ok(kept),
                    Ok(artifact) => Ok(Answer::Files(artifact)),
                    Err(error) => Err(fetcher.failed(&demand, &error)),
                }
            });
            running.insert(task.id(), name);
        }
        let mut answers = BTreeMap::new();
        while let Some(joined) = fetches.join_next_with_id().await {
            let (id, answer) = joined.unwrap_or_else(|error| {
                let why = "it is a mistake in weir; please report it".to_owned();
                let id = error.id();
                (id, Err(Unavailable::from(&FetchError::Machine { doing: "fetch", why })))
            });
            let Some(demand) = running.remove(&id) else { continue };
            match &answer {
                Ok(_) => progress(Progress::Fetched(&demand)),
                Err(unavailable) => progress(Progress::Failed(&demand, unavailable)),
            }
            answers.insert(demand, answer);
        }
        answers
    }
}

/// A URL to fetch from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    url: String,
    /// Whether a mirror stands in; plain HTTP to it is what the user asked for.
    is_mirror: bool,
}

/// How the bytes of an artifact become a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Chart,
    Files,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::Files => "files",
        }
    }

    fn layout(name: &str) -> Option<Layout> {
        match name {
            "chart" => Some(Layout::Chart),
            "files" => Some(Layout::Files),
            _ => None,
        }
    }
}

/// An archive as it came.
struct Fetched {
    bytes: Vec<u8>,
    form: Form,
    revision: Revision,
}

/// Indexes of Helm repositories by URL; each is fetched by whoever needs it first.
type Indexes = BTreeMap<String, Arc<tokio::sync::Mutex<Option<Arc<Vec<u8>>>>>>;

struct Fetcher {
    settings: Settings,
    store: Store,
    mirrors: Mirrors,
    credentials: Credentials,
    http: http::Http,
    tokens: Mutex<BTreeMap<String, http::Access>>,
    indexes: tokio::sync::Mutex<Indexes>,
}

impl Fetcher {
    fn place(&self, url: &str) -> Place {
        match self.mirrors.rewrite(url) {
            Some(url) => Place { url, is_mirror: true },
            None => Place { url: url.to_owned(), is_mirror: false },
        }
    }

    /// Returns what the cache has, unless it may be out of date.
    fn cached(&self, demand: &Demand, opened: bool) -> Option<Answer> {
        let entry = self.store.lookup(&self.key(demand))?;
        let settings = &self.settings;
        if !settings.offline && !is_immutable(demand) && !entry.is_fresh(settings.ttl) {
            return None;
        }
        let layout = Form::layout(&entry.form)?;
        let (artifact, store) = (entry.artifact, self.store.clone());
        let open = move || archive::unpack(&store.get(&artifact)?, layout).ok();
        if opened {
            return Some(Answer::Files(Artifact {
                revision: entry.revision,
                tree: open()?.into(),
            }));
        }
        let opener = Opener::new(open);
        Some(Answer::Sealed(Sealed { revision: entry.revision, tree: entry.tree, opener }))
    }

    /// Returns why there is no use in asking the network.
    fn known_failure(&self, demand: &Demand) -> Option<Unavailable> {
        if self.settings.offline {
            return Some(Unavailable::from(&FetchError::Offline));
        }
        self.store.failure(&self.key(demand), self.settings.failure_ttl)
    }

    /// Remembers for a while that a demand could not be answered: a source that is gone would cost every run a wait. A
    /// refusal is not remembered, as the next run may have a login.
    fn failed(&self, demand: &Demand, error: &FetchError) -> Unavailable {
        let mut unavailable = Unavailable::from(error);
        let minutes = self.settings.failure_ttl.as_secs() / 60;
        if minutes == 0 || !error.is_absence() {
            return unavailable;
        }
        {
            unavailable
                .hints
                .push(format!("weir asks again after {minutes} minutes; `--refresh` asks at once"));
        }
        self.store.record_failure(&self.key(demand), &unavailable);
        unavailable
    }

    async fn fetch(self: &Arc<Self>, demand: &Demand) -> Result<Artifact, FetchError> {
        let timeout = self.settings.timeout;
        tokio::time::timeout(timeout, self.fetch_slowly(demand))
            .await
            .unwrap_or(Err(FetchError::Timeout(timeout.as_secs())))
    }

    async fn fetch_slowly(self: &Arc<Self>, demand: &Demand) -> Result<Artifact, FetchError> {
        let fetched = match demand {
            Demand::Oci(demand) => oci::artifact(self, demand, &self.place(&demand.url)).await?,
            Demand::HelmChart(demand) => {
                helm::chart(self, demand, &self.place(&demand.repository)).await?
            }
            Demand::Git(wanted) => {
                let reference = wanted.reference.clone();
                let artifact = self
                    .git(self.place(&wanted.url), move |place, login, interrupt| {
                        git::revision(place, &reference, login, interrupt)
                    })
                    .await?;
                return Ok(self.keep_tree(demand, artifact));
            }
            Demand::Remote(url) => {
                let artifact = remote::resource(self, url).await?;
                return Ok(self.keep_tree(demand, artifact));
            }
            Demand::Bucket(wanted) => {
                let artifact = bucket::objects(self, wanted, &self.place(&wanted.endpoint)).await?;
                return Ok(self.keep_tree(demand, artifact));
            }
            Demand::Object(_) => {
                return Err(FetchError::Unsupported {
                    what: "objects of the cluster are not fetched here".to_owned(),
                    hint: "give its values in the repository".to_owned(),
                });
            }
        };
        // Unpacking takes a while: the threads that talk to the network have better things to do.
        let (fetcher, demand) = (self.clone(), demand.clone());
        let unpacked = tokio::task::spawn_blocking(move || fetcher.keep(&demand, &fetched)).await;
        unpacked.unwrap_or_else(|error| {
            Err(FetchError::Machine { doing: "unpack an archive", why: error.to_string() })
        })
    }

    /// Runs a Git fetch, which blocks, on a thread of its own; when nobody waits any more it ends.
    async fn git<F>(self: &Arc<Self>, place: Place, fetch: F) -> Result<Artifact, FetchError>
    where
        F: FnOnce(&Place, Option<Login>, &AtomicBool) -> Result<Artifact, FetchError>
            + Send
            + 'static,
    {
        struct Stop(Arc<AtomicBool>);
        impl Drop for Stop {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let interrupt = Arc::new(AtomicBool::new(false));
        let _stop = Stop(interrupt.clone());
        let login = reqwest::Url::parse(&place.url)
            .ok()
            .and_then(|url| self.credentials.host(url.host_str()?).cloned());
        tokio::task::spawn_blocking(move || fetch(&place, login, &interrupt)).await.unwrap_or_else(
            |error| Err(FetchError::Machine { doing: "fetch with Git", why: error.to_string() }),
        )
    }

    /// Unpacks what came and keeps it.
    fn keep(&self, demand: &Demand, fetched: &Fetched) -> Result<Artifact, FetchError> {
        let layout = if fetched.form == Form::Chart { Layout::Chart } else { Layout::Files };
        let tree = archive::unpack(&fetched.bytes, layout).map_err(|cause| {
            FetchError::Archive { url: crate::git::redact(&url_of(demand)), cause }
        })?;
        self.record(demand, &fetched.bytes, fetched.form, &fetched.revision, tree.digest());
        Ok(Artifact { revision: fetched.revision.clone(), tree: tree.into() })
    }

    /// Keeps a tree that did not come as an archive.
    fn keep_tree(&self, demand: &Demand, artifact: Artifact) -> Artifact {
        if let Ok(bytes) = archive::pack(&artifact.tree) {
            let digest = artifact.tree.digest();
            self.record(demand, &bytes, Form::Files, &artifact.revision, digest);
        }
        artifact
    }

    /// Notes what was fetched. A cache that cannot be written costs time and nothing else, so that is no error.
    fn record(
        &self,
        demand: &Demand,
        bytes: &[u8],
        form: Form,
        revision: &Revision,
        tree: &Digest,
    ) {
        let Ok(artifact) = self.store.put(bytes) else { return };
        let entry = Entry {
            artifact,
            tree: *tree,
            form: form.name().to_owned(),
            revision: revision.clone(),
            fetched: store::now(),
            what: demand.to_string().replace(&url_of(demand), &crate::git::redact(&url_of(demand))),
        };
        self.store.record(&self.key(demand), &entry).ok();
    }
}
