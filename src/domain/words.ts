/** `1 pod`, `3 pods`; irregular plurals are given. */
export const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`

/** At most so many names, then how many more: `a, b, c and 4 more`. */
export const some = (names: readonly string[], most = 3): string => {
  if (names.length <= most) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}

/** One line of at most so many characters, white space joined; cut text ends in `…`. */
export const short = (text: string, most = 240): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
