import { type Refusal, refused } from './refusal.ts'

/** A file of a repository that a pull request may change, or why not: a plain relative path, never a workflow or the way out. */
export const checkedFilePath = (path: string): string | Refusal => {
  const parts = path.split('/')
  const plain =
    path.length <= 500 &&
    /^[\w.@+ -]+(?:\/[\w.@+ -]+)*$/.test(path) &&
    parts.every((part) => part !== '.' && part !== '..' && part.trim() === part && !part.startsWith('-'))
  if (!plain)
    return refused('path-invalid', `${JSON.stringify(path.slice(0, 80))} is not a path inside the repository.`)
  const first = parts[0]?.toLowerCase()
  if (first === '.git' || first === '.github' || first === '.gitlab-ci.yml' || parts.includes('.git'))
    return refused('path-protected', 'Workflow and repository settings are never changed.')
  if (!/\.(?:ya?ml|json)$/i.test(path))
    return refused('path-kind', 'Only YAML and JSON files are changed by a pull request.')
  return path
}

/** Whether a text is `owner/name` as GitHub allows it. */
export const isRepository = (text: string): boolean =>
  /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/.test(text) && !/\/\.{1,2}$/.test(text)

/** Whether a text is a plain branch name: no ref syntax, no option, no way out. */
export const isBranch = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/.test(text) && !/\.\.|\/\/|\.lock$|[/.]$/.test(text) && !text.startsWith('refs/')

/** Whether a branch is one that the doctor pushes to: `doctor/<plan>`, or by option `fix/cluster-doctor/issue-N-DATE-<plan>`. */
export const isOwnBranch = (text: string): boolean =>
  /^(?:doctor\/[a-z0-9]{6,40}|fix\/cluster-doctor\/issue-\d{1,9}-\d{8}-[a-z0-9]{6,40})$/.test(text)
