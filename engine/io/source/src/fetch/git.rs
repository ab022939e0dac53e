//! Git repositories over HTTPS: one commit, without its history, into a temporary folder and from there into memory.

use std::cmp::Ordering;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use gix::bstr::{BString, ByteSlice};
use gix::credentials::helper::{Action, NextAction};
use gix::credentials::protocol::Outcome;
use gix::protocol::transport::client::blocking_io::http;
use gix::remote::{Direction, fetch::Shallow, fetch::Tags, ref_map};
use weir_evaluate::GitReference;
use weir_model::{Artifact, TreePath};

use super::{FetchError, Place, http as web, versions};
use crate::credentials::Login;
use crate::git::{Repository, redact};

/// The name under which the temporary repository keeps what was fetched.
const FETCHED: &str = "refs/weir/fetched";

/// Fetches a revision; blocks, and ends soon after `interrupt` is set.
pub(super) fn revision(
    place: &Place,
    reference: &GitReference,
    login: Option<Login>,
    interrupt: &AtomicBool,
) -> Result<Artifact, FetchError> {
    let url = supported(place)?;
    let folder = tempfile::tempdir().map_err(|error| FetchError::Machine {
        doing: "make a temporary folder",
        why: error.to_string(),
    })?;
    let session = Session { url: &url, login, interrupt, folder: folder.path() };
    let (wanted, name) = match reference {
        GitReference { commit: Some(commit), branch, .. } => {
            if session.fetch(commit, true).is_err() {
                // Not every server gives out a commit by its name: then all that may hold it is fetched.
                match branch {
                    Some(branch) => session.fetch(&format!("refs/heads/{branch}"), false)?,
                    None => session.fetch("refs/heads/*", false)?,
                }
            }
            (None, branch.as_ref().map(ToString::to_string))
        }
        GitReference { name: Some(name), .. } => (Some(name.to_string()), Some(name.to_string())),
        GitReference { semver: Some(range), .. } => {
            let tags = session.tags()?;
            let what = format!("`{}`", redact(&place.url));
            let tag =
                versions::newest(&tags, String::as_str, |_, _| Ordering::Equal, range, &what)?;
            (Some(format!("refs/tags/{tag}")), Some(tag.clone()))
        }
        GitReference { tag: Some(tag), .. } => {
            (Some(format!("refs/tags/{tag}")), Some(tag.to_string()))
        }
        GitReference { branch, .. } => {
            let branch = branch.as_deref().unwrap_or("master");
            (Some(format!("refs/heads/{branch}")), Some(branch.to_owned()))
        }
    };
    if let Some(wanted) = &wanted {
        session.fetch(wanted, true)?;
    }
    let repository = Repository::discover(session.folder)?;
    let commit = match &reference.commit {
        Some(commit) => repository.resolve(commit)?,
        None => repository.resolve(FETCHED)?,
    };
    let read = repository.tree_at(&commit.to_string(), &TreePath::root())?;
    let revision = match name {
        Some(name) => format!("{name}@sha1:{commit}"),
        None => format!("sha1:{commit}"),
    };
    Ok(Artifact { revision: weir_model::Revision(revision), tree: read.value.tree })
}

/// Fetches what a remote base names: a branch, a tag or a commit, whichever there is; or the remote's `HEAD`.
pub(super) fn any(
    place: &Place,
    reference: Option<&str>,
    login: Option<Login>,
    interrupt: &AtomicBool,
) -> Result<Artifact, FetchError> {
    let by_name =
        |name: String| GitReference { name: Some(name.into()), ..GitReference::default() };
    let Some(reference) = reference else {
        return revision(place, &by_name("HEAD".to_owned()), login, interrupt);
    };
    let is_commit =
        reference.len() == 40 && reference.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_commit {
        let commit = GitReference { commit: Some(reference.into()), ..GitReference::default() };
        return revision(place, &commit, login, interrupt);
    }
    let tag = revision(place, &by_name(format!("refs/tags/{reference}")), login.clone(), interrupt);
    match tag {
        Err(FetchError::NotFound(_)) => {
            revision(place, &by_name(format!("refs/heads/{reference}")), login, interrupt)
        }
        other => other,
    }
}

/// Refuses what would need another program.
fn supported(place: &Place) -> Result<String, FetchError> {
    let hint = "name its files with `--source KIND/NAMESPACE/NAME=PATH`, or send it to HTTPS with `--mirror PREFIX=URL`";
    let unsupported = |what: &str| FetchError::Unsupported {
        what: format!("`{}` is {what}, which cannot be fetched yet", redact(&place.url)),
        hint: hint.to_owned(),
    };
    if place.url.starts_with("https://") {
        return Ok(place.url.clone());
    }
    if place.url.starts_with("http://") {
        let is_local = reqwest::Url::parse(&place.url).is_ok_and(|url| web::is_loopback(&url));
        return if is_local || place.is_mirror {
            Ok(place.url.clone())
        } else {
            Err(FetchError::PlainHttp(redact(&place.url)))
        };
    }
    Err(if place.url.starts_with("ssh://") || !place.url.contains("://") {
        unsupported("Git over SSH")
    } else {
        unsupported("Git over an odd protocol")
    })
}

struct Session<'session> {
    url: &'session str,
    login: Option<Login>,
    interrupt: &'session AtomicBool,
    folder: &'session Path,
}

type Prepare<'repository> = gix::remote::fetch::Prepare<
    'static,
    'repository,
    Box<dyn gix::protocol::transport::client::blocking_io::Transport + Send>,
>;

impl Session<'_> {
    /// Opens the temporary repository, which listens to no configuration but its own.
    fn repository(&self) -> Result<gix::Repository, FetchError> {
        let options = gix::open::Options::isolated();
        let opened = if self.folder.join("HEAD").exists() {
            gix::ThreadSafeRepository::open_opts(self.folder, options)
        } else {
            gix::ThreadSafeRepository::init_opts(
                self.folder,
                gix::create::Kind::Bare,
                gix::create::Options::default(),
                options,
            )
        };
        opened.map(|repository| repository.to_thread_local()).map_err(|error| FetchError::Machine {
            doing: "make a temporary Git repository",
            why: crate::git::explain(&error),
        })
    }

    /// Fetches what the remote calls `wanted`: a reference, a commit, or a pattern of references.
    fn fetch(&self, wanted: &str, shallow: bool) -> Result<(), FetchError> {
        let repository = self.repository()?;
        let target = if wanted.contains('*') { "refs/weir/*" } else { FETCHED };
        let mut prepared = self.prepare(&repository, wanted, target)?;
        if shallow {
            prepared = prepared.with_shallow(Shallow::DepthAtRemote(NonZeroU32::MIN));
        }
        if prepared.ref_map().mappings.is_empty() {
            return Err(self.nothing(wanted));
        }
        prepared
            .receive(gix::progress::Discard, self.interrupt)
            .map_err(|error| self.error(&error, wanted))?;
        Ok(())
    }

    /// Lists the tags of the remote.
    fn tags(&self) -> Result<Vec<String>, FetchError> {
        let repository = self.repository()?;
        let prepared = self.prepare(&repository, "refs/tags/*", "refs/tags/*")?;
        let names = prepared.ref_map().remote_refs.iter().filter_map(|remote| {
            let name: BString = remote.unpack().0.to_owned();
            Some(name.to_str().ok()?.strip_prefix("refs/tags/")?.to_owned())
        });
        Ok(names.collect())
    }

    fn prepare<'repository>(
        &self,
        repository: &'repository gix::Repository,
        wanted: &str,
        target: &str,
    ) -> Result<Prepare<'repository>, FetchError> {
        let failed = |error: gix::Error| self.error(&error, wanted);
        let spec = format!("+{wanted}:{target}");
        let remote = repository
            .remote_at(self.url)
            .map_err(failed)?
            .with_fetch_tags(Tags::None)
            .with_refspecs([spec.as_str()], Direction::Fetch)
            .map_err(failed)?;
        let login = self.login.clone();
        let connection = remote
            .connect(Direction::Fetch)
            .map_err(failed)?
            .with_credentials(move |action| Ok(credentials(action, login.as_ref())))
            .with_transport_options(Box::new(transport()));
        connection
            .prepare_fetch(gix::progress::Discard, ref_map::Options::default())
            .map_err(failed)
    }

    fn nothing(&self, wanted: &str) -> FetchError {
        FetchError::NotFound(format!("{}` at `{wanted}", redact(self.url)))
    }

    fn error(&self, error: &gix::Error, wanted: &str) -> FetchError {
        let why = crate::git::explain(error);
        let url = redact(self.url);
        let lower = why.to_ascii_lowercase();
        if error.is_unauthenticated()
            || error.is_permission_denied()
            || ["401", "403"].iter().any(|status| lower.contains(status))
        {
            return FetchError::Refused(url);
        }
        if lower.contains("404") || lower.contains("not found") {
            return self.nothing(wanted);
        }
        let host = reqwest::Url::parse(self.url).map_or(url, |url| web::host_of(&url));
        // The last cause says what happened; those before it say what was being done, at length.
        let last = error.iter_errors().last().map(ToString::to_string).unwrap_or(why);
        let last = last
            .rsplit(": ")
            .take(2)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
            .join(": ");
        FetchError::Unreachable { host, why: web::shorten(&last) }
    }
}

/// Gives the login once; no helper program is asked.
fn credentials(action: Action, login: Option<&Login>) -> Option<Outcome> {
    let Action::Get(context) = action else { return None };
    let login = login?;
    let identity = gix::sec::identity::Account {
        username: login.user.clone(),
        password: login.password.expose().clone(),
        oauth_refresh_token: None,
    };
    Some(Outcome { identity, next: NextAction::from(context) })
}

/// Sets up HTTP as the rest of weir does it.
fn transport() -> http::Options {
    let configure: Box<http::reqwest::ConfigureClientFn> =
        Box::new(|builder: reqwest::blocking::ClientBuilder| {
            Ok(builder.connect_timeout(web::CONNECT).tls_backend_preconfigured(web::tls()))
        });
    let backend =
        http::reqwest::Options { configure_client: Some(configure), ..Default::default() };
    http::Options {
        backend: Some(Arc::new(Mutex::new(backend))),
        user_agent: Some(format!("git/{}", web::USER_AGENT)),
        connect_timeout: Some(web::CONNECT),
        ..http::Options::default()
    }
}
