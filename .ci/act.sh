#!/usr/bin/env bash
# Runs the workflow .github/workflows/examples.yml in a real workflow runner, on this machine: act, with the action as the
# sources give it. Needs Go, or act on the PATH. Not part of .ci/run: GitHub itself runs that workflow on every pull request.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v act >/dev/null; then
  GOBIN=$work/bin go install github.com/nektos/act@v0.2.89
  export PATH=$work/bin:$PATH
fi
export PATH=$root/node_modules/.bin:$PATH XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache
mkdir -p "$work/config" "$work/repository" "$work/nothing"

git archive HEAD | tar -x -C "$work/repository"
node --input-type=module -e '
  const { bundleAction } = await import(process.argv[1]);
  await bundleAction(process.argv[2]);
' "$root/scripts/bundle-action.ts" "$work/repository/dist/action"
cd "$work/repository"
git init --quiet --initial-branch main
git add --all --force
git -c user.name=act -c user.email=act@localhost commit --quiet --message "As it would be checked out"

# The actions that the workflow takes from elsewhere set up what is here already.
printf 'name: nothing\nruns:\n  using: composite\n  steps:\n    - run: "true"\n      shell: bash\n' >"$work/nothing/action.yml"
instead=()
while read -r action; do instead+=(--local-repository "$action=$work/nothing"); done < <(
  grep -oE 'actions/[a-z-]+@[0-9a-f]{40}' .github/workflows/examples.yml | sort -u
)
cat >"$work/event.json" <<'JSON'
{
  "ref": "refs/heads/main",
  "before": "0000000000000000000000000000000000000000",
  "created": true,
  "forced": false,
  "repository": { "default_branch": "main" }
}
JSON
for example in sql sql-fault; do
  act push --eventpath "$work/event.json" --workflows .github/workflows/examples.yml \
    --platform ubuntu-latest=-self-hosted --matrix "example:$example" --matrix engine:embedded --pull=false \
    --artifact-server-path "$work/artifacts" "${instead[@]}"
done
# Each left its report.
test "$(find "$work/artifacts" -name 'headgate-*.zip' -size +1k | wc -l)" = 2
