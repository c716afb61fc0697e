/** Where the configuration is looked for, relative to the repository root; the first that exists counts. */
export const configurationPaths = [
  "headgate.yml",
  "headgate.yaml",
  ".github/headgate.yml",
  ".github/headgate.yaml",
] as const;
