import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { pathToFileURL } from "node:url";

// Runs a program as on another machine, on another day: its own file is the first argument. What no variable of the
// environment says is changed inside of Node, before anything of the project is loaded. Clocks of TLS and timers are others.

const changes = {
  /** Puts the clock forward; a year, a month and a few days, so that none of them stays. */
  clock() {
    const aheadMs = 400 * 86_400_000;
    const now = () => RealDate.now() + aheadMs;
    const RealDate = Date;
    globalThis.Date = new Proxy(RealDate, {
      apply: () => new RealDate(now()).toString(),
      construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
      get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
    });
    RealDate.prototype.constructor = globalThis.Date;
  },
  /** Another name for the machine and for who runs it. */
  host() {
    const { userInfo } = os;
    os.hostname = () => "elsewhere";
    os.userInfo = (options) => ({ ...userInfo(options), username: "elsewhere" });
    syncBuiltinESMExports();
  },
};

for (const name of process.env.HEADGATE_ELSEWHERE.split(",")) changes[name]();
delete process.env.HEADGATE_ELSEWHERE;
process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1]).href);
