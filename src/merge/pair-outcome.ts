/** How trying the migrations of two pull requests ended, each before the other. */
export type PairAttempt =
  | { readonly kind: "commutes" }
  /** It matters which is merged first; `how` is a sentence. */
  | { readonly kind: "differs"; readonly how: string }
  /** They could not be tried; `reason` is a sentence. */
  | { readonly kind: "untried"; readonly reason: string };

/** What became of the migrations of two pull requests in one project, by the numbers of both. */
export type PairOutcome = { readonly numbers: readonly [number, number]; readonly project: string } & PairAttempt;
