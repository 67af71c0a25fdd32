# The Debian packages that a build needs, and how to install those that are missing. Sourced by ./domicile and ./run-tests.
# shellcheck shell=bash disable=SC2034
build_packages=(g++ cmake ninja-build pkg-config libyaml-cpp-dev libre2-dev libcli11-dev libsimdjson-dev nlohmann-json3-dev libfmt-dev
                libpugixml-dev)
test_packages=(libgtest-dev)

say() { printf 'domicile: %s\n' "$*" >&2; }

# Says what it installs; asks no questions. Fails when something is missing and cannot be installed.
install_missing() {
  local package missing=() become_root=()
  if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian, so nothing is installed; the build needs what Debian calls $*"
    return 0
  fi
  for package; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    # Without a terminal nobody can give a password.
    become_root=(sudo -n)
    [[ ! -t 2 ]] || become_root=(sudo)
    if ! command -v sudo >/dev/null || ! "${become_root[@]}" true; then
      say "${missing[*]} must be installed, by root: apt-get install ${missing[*]}"
      return 1
    fi
  fi
  say "installing ${missing[*]}"
  "${become_root[@]}" apt-get -qq update </dev/null >&2 || say "apt-get update failed; going on with the package lists that are here"
  if ! "${become_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq -o=Dpkg::Use-Pty=0 install --no-install-recommends --yes "${missing[@]}" </dev/null >&2; then
    say "apt-get could not install ${missing[*]}"
    return 1
  fi
}
