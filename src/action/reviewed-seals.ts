import { readParts, type CommentPart } from "../report/comment-state.ts";
import type { MergedPull } from "../github/merged-pulls.ts";
import type { GitHubApi } from "../github/octokit.ts";
import type { RepositoryName } from "../github/repository-name.ts";

/**
 * What the checks of a pull request sealed for its newest commit, as their comments keep it. Comments of anybody else do not
 * count, nor one of ours that somebody else has edited.
 */
export async function reviewedSeals(
  api: GitHubApi,
  place: RepositoryName,
  { number, headCommit }: MergedPull,
): Promise<NonNullable<CommentPart["seals"]>> {
  const { viewer } = await api.graphql<{ viewer: { login: string } }>("query { viewer { login } }");
  const comments = await api.paginate(api.rest.issues.listComments, { ...place, issue_number: number, per_page: 100 });
  const seals: NonNullable<CommentPart["seals"]>[number][] = [];
  for (const { user, body = "", node_id } of comments) {
    if (user?.login !== viewer.login) continue;
    const text = body.replaceAll("\r\n", "\n");
    const [first] = /^<!-- headgate:comment \w+ -->\n/.exec(text) ?? [];
    if (first === undefined) continue;
    const found = readParts(text.slice(first.length)).flatMap((part) =>
      part.commit === headCommit ? (part.seals ?? []) : [],
    );
    if (found.length > 0 && (await isOurs(api, node_id, viewer.login))) seals.push(...found);
  }
  return seals;
}

/** Whoever may write to the repository may edit a comment of ours; then it says something that we did not. */
async function isOurs(api: GitHubApi, id: string, login: string): Promise<boolean> {
  const { node } = await api.graphql<{ node: { editor: { login: string } | null } | null }>(
    "query ($id: ID!) { node(id: $id) { ... on IssueComment { editor { login } } } }",
    { id },
  );
  // GitHub gives the name of an application with and without its ending.
  const plain = (name: string) => name.replace(/\[bot\]$/, "");
  return node !== null && (node.editor === null || plain(node.editor.login) === plain(login));
}
