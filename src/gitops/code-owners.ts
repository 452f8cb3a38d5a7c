/** Where a repository says who reviews what, in GitHub's order. */
export const codeOwnersPaths: readonly string[] = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']

/**
 * The logins and `org/team`s that own a file: those of the last pattern that fits, as GitHub reads it. Addresses are left out,
 * since a review is asked of logins only.
 */
export const ownersOf = (text: string, path: string): readonly string[] => {
  let owners: readonly string[] = []
  for (const line of text.split(/\r?\n/).slice(0, 5_000)) {
    const [pattern, ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/)
    if (pattern === undefined || pattern === '' || !fits(pattern, path)) continue
    owners = names.flatMap((name) => (/^@[A-Za-z0-9][\w-]*(?:\/[\w.-]+)?$/.test(name) ? [name.slice(1)] : []))
  }
  return owners
}

/** Patterns are those of .gitignore without `!` and `[ ]`. */
const fits = (pattern: string, path: string): boolean => {
  if (/[![\]]/.test(pattern) || pattern.length > 300) return false
  const anchored = pattern.replace(/\/$/, '').includes('/')
  const body = pattern
    .replace(/^\//, '')
    .replace(/\/$/, '/**')
    .split(/(\/\*\*\/|\*\*\/|\/\*\*|\*|\?)/)
    .map((part) => globs[part] ?? part.replace(/[.+^$()|{}\\]/g, '\\$&'))
    .join('')
  // A pattern without a star at its end names a file or a whole folder.
  const end = /\*$/.test(pattern) && !/\*\*$/.test(pattern) ? '' : '(?:/.*)?'
  return new RegExp(`^${anchored ? '' : '(?:.*/)?'}${body}${end}$`).test(path)
}

const globs: Readonly<Record<string, string>> = {
  '/**/': '/(?:.*/)?',
  '**/': '(?:.*/)?',
  '/**': '/.*',
  '*': '[^/]*',
  '?': '[^/]',
}
