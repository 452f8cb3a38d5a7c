/** The parts of a container image reference. `name` is registry and repository as written. */
export type ImageName = { readonly name: string; readonly tag?: string; readonly digest?: string }

const shape =
  /^(?<name>(?:(?:localhost|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9-]+(?=:\d))(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[a-f0-9]{64}))?$/

/** Takes an image reference apart by the grammar of the distribution project, or undefined where it is not one. */
export const parseImageName = (text: string): ImageName | undefined => {
  const groups = text.length > 512 ? undefined : shape.exec(text)?.groups
  const name = groups?.['name']
  if (groups === undefined || name === undefined) return undefined
  const { tag, digest } = groups
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}
