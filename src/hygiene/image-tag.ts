import type { Check, Said } from './check.ts'
import { allContainers, judged } from './reading/specs.ts'

const digest = /@sha256:[0-9a-f]{64}$/

const tagOf = (image: string): string | undefined =>
  /:([\w][\w.-]{0,127})$/.exec(image.slice(image.lastIndexOf('/') + 1))?.[1]

/** Images without a tag, or with `:latest`: what runs tomorrow is not what was tested. A digest is exact whatever the tag. */
export const check: Check = {
  id: 'image-tag',
  looksFor: 'images without a tag or with :latest',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap(({ ref, spec }): readonly Said[] => {
      const loose = allContainers(spec).flatMap(({ name, image }) => {
        if (image === undefined || image === '' || digest.test(image)) return []
        const tag = tagOf(image)
        return tag === undefined || tag === 'latest' ? [{ name, image, tag }] : []
      })
      const [first] = loose
      if (first === undefined) return []
      const more = loose.length > 1 ? ` (and ${loose.length - 1} more)` : ''
      return [
        {
          severity: 'warn',
          object: ref,
          summary: `container ${first.name} runs ${first.image}, ${first.tag === undefined ? 'without a tag' : 'a tag that moves'}${more}: a restart may bring another version`,
          fix: `pin ${first.name} to a version tag, or to the digest that runs now`,
        },
      ]
    }),
}
