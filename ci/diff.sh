#!/usr/bin/env bash
# Runs `weir diff` for a pull or merge request: a comment, a page, and an exit code by a rule.
#
# Everything comes in by variables:
#   WEIR            the program                          [weir]
#   WEIR_OUT        where comment.md and report.html go  [weir-report]
#   WEIR_SINCE      the branch to compare with           [the default branch]
#   WEIR_ARGS       more arguments, one a line, such as --path=clusters/prod or --policy=policy.yaml
#   WEIR_PROVIDER   github, gitlab, gitea or forgejo     [none: no comment]
#   WEIR_API, WEIR_REPOSITORY, WEIR_NUMBER, WEIR_COMMENT_TOKEN   where the comment goes
#   WEIR_REPORT_URL where the page can be read later
#   WEIR_FAIL_ON    never, failure, policy or change     [policy: failures and refusals]
set -euo pipefail

weir=${WEIR:-weir}
out=${WEIR_OUT:-weir-report}
provider=${WEIR_PROVIDER:-}
rule=${WEIR_FAIL_ON:-policy}
case "$rule" in
  never | failure | policy | change) ;;
  *) echo "error: WEIR_FAIL_ON is never, failure, policy or change, not '$rule'" >&2; exit 2 ;;
esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$out"

arguments=()
while IFS= read -r line; do
  if [ -n "$line" ]; then arguments+=("$line"); fi
done <<< "${WEIR_ARGS:-}"
if [ -n "${WEIR_SINCE:-}" ]; then arguments+=("--since=$WEIR_SINCE"); fi

code=0
"$weir" diff "${arguments[@]}" --output html > "$out/report.html" 2> "$out/messages.txt" || code=$?
url=()
if [ -n "${WEIR_REPORT_URL:-}" ]; then url=("--report-url=$WEIR_REPORT_URL"); fi
"$weir" diff "${arguments[@]}" "${url[@]}" --output "${provider:-markdown}" \
  > "$out/comment.md" 2> /dev/null || true
cat "$out/messages.txt" >&2

# What stopped weir before it could compare anything belongs into the comment as well.
if [ ! -s "$out/comment.md" ]; then
  printf '<!-- weir diff -->\n### weir diff\n\nnothing could be compared (exit code %s); the job log says why\n' \
    "$code" > "$out/comment.md"
fi
if [ -n "$provider" ] && [ -n "${WEIR_NUMBER:-}" ]; then
  python3 "$here/comment.py" --provider "$provider" --api "$WEIR_API" \
    --repository "$WEIR_REPOSITORY" --number "$WEIR_NUMBER" "$out/comment.md"
fi

case "$rule:$code" in
  *:0 | never:* | policy:1 | failure:1 | failure:3) exit 0 ;;
  *) exit "$code" ;;
esac
