import { spawn } from "node:child_process";
import type { KeptCluster } from "./kept-cluster.ts";
import type { ServerAccount } from "./server-account.ts";

/**
 * Makes a cluster and runs its server. When standard input ends (Headgate let go of it, or is gone for whatever
 * reason, `kill -9` included) it stops the server and removes the directory. Signals alone do not end it.
 *
 * The directory is made here and not by Headgate, so that no moment is left in which nobody would remove it. initdb,
 * which takes half a second, is left to finish: killed, it leaves shared memory behind. The watcher repeats its signal,
 * the server's immediate shutdown, because one sent just before the server starts would be lost. The exit code is
 * printed by a subshell, which a broken pipe may kill without harm.
 *
 * What is kept for the next server is called complete in the background, once the disk has it.
 */
const script = `
directory=$1 bin=$2 initdb_options=$3 kept=$4 filled=$5; shift 5
umask 077
trap : HUP INT TERM QUIT
read -r password || exit 1
mkdir "$directory" && cd "$directory" || exit 1
( printf '%s\\n' "$password" >password ) 2>/dev/null
exec 3<&0 </dev/null
( trap : HUP INT TERM QUIT
  cat <&3
  until [ -e "$directory/ended" ]; do
    : >"$directory/stop"
    if [ -e "$directory/initialised" ]; then kill -QUIT 0; fi
    sleep 0.05
  done ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
if [ -n "$filled" ] && cp -R "$kept/data" "$directory/data" 2>/dev/null; then
  code=0
else
  rm -rf "$directory/data"
  "$bin/initdb" -D "$directory/data" --pwfile="$directory/password" $initdb_options >>"$directory/log" 2>&1
  code=$?
  if [ $code -eq 0 ] && [ -n "$kept" ] && ! [ -e "$directory/stop" ] && mkdir "$kept" 2>/dev/null; then
    if cp -R "$directory/data" "$kept/data" && cp "$directory/password" "$kept/unfinished"; then
      ( trap '' HUP INT TERM QUIT; cd / && sync && mv "$kept/unfinished" "$kept/password" ) &
    else
      rm -rf "$kept"
    fi >/dev/null 2>&1
  fi
fi
rm -f "$directory/password"
if [ $code -eq 0 ] && ! [ -e "$directory/stop" ]; then
  : >"$directory/initialised"
  "$bin/postgres" -D "$directory/data" "$@" >>"$directory/log" 2>&1
  code=$?
fi
: >"$directory/ended"
( echo "$code" ) 2>/dev/null
while kill -0 $watcher 2>/dev/null; do wait $watcher; done
cd /
rm -rf "$directory" || { sleep 1; rm -rf "$directory"; }
`;

/** A process that owns a server and its directory and outlives Headgate just long enough to remove both. */
export interface Guardian {
  /** Fulfilled with the exit code when the server has ended, whoever ended it. */
  readonly serverEnded: Promise<number>;
  /** Stops the server and removes the directory; returns when both are gone. */
  release(): Promise<void>;
}

/** What {@link startGuardian} runs, and where. */
export interface GuardedServer {
  /** Made for this server with `data` and `log` in it, open to the account only, and removed at the end. */
  readonly directory: string;
  /** Of the server's superuser, at first. */
  readonly password: string;
  /** Where `initdb` and `postgres` are. */
  readonly binDirectory: string;
  readonly initdbOptions: readonly string[];
  /** Where to copy the cluster from; or to, where there is none yet. */
  readonly kept: KeptCluster | undefined;
  readonly serverOptions: readonly string[];
  /** Whom the programs run as; absent: whoever runs Headgate. */
  readonly account: ServerAccount | undefined;
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C in a terminal reaches Headgate and not the server.
 * Neither process keeps Node's event loop alive.
 */
export function startGuardian(server: GuardedServer): Guardian {
  const child = spawn(
    "/bin/sh",
    [
      "-c",
      script,
      "headgate-guardian",
      server.directory,
      server.binDirectory,
      server.initdbOptions.join(" "),
      server.kept?.directory ?? "",
      server.kept?.password === undefined ? "" : "filled",
      ...server.serverOptions,
    ],
    {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
      cwd: "/",
      env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" },
      ...(server.account && { uid: server.account.uid, gid: server.account.gid }),
    },
  );
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const serverEnded = new Promise<number>((resolve) => {
    child.stdout.once("data", (code: Buffer) => resolve(Number(code)));
    void exited.then(() => resolve(1));
  });
  child.stdin.on("error", () => {});
  child.stdin.write(`${server.password}\n`);
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();

  return {
    serverEnded,
    async release() {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}
