const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a cleanup when this process is told to end, and then lets it end as it would have, unless somebody else
 * listens to the signal too and decides. The function returned takes the cleanup back.
 */
export function onTermination(cleanup: () => Promise<void>): () => void {
  const remove = (): void => {
    for (const signal of signals) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    remove();
    void cleanup()
      .catch(() => {})
      .finally(() => {
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      });
  };
  for (const signal of signals) process.on(signal, end);
  return remove;
}
