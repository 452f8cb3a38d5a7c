import { z } from 'zod'
import { parseImageName } from '../domain/image-name.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { patchRequest, pointer } from './change/patch.ts'
import { blastOfRollout, cannotRoll, containerIn, rolloutSucceeds, workloadKinds } from './change/workload.ts'

const image = z
  .string()
  .max(512)
  .refine((text) => {
    const parsed = parseImageName(text)
    return parsed !== undefined && (parsed.tag !== undefined || parsed.digest !== undefined)
  }, 'must be an image with a tag or a digest')

/** Sets the image of one container. Needs a tag or digest; another repository, or `latest`, is a high risk. */
export const action: Action = defineAction({
  id: 'set-image',
  title: 'Set image',
  kinds: [...workloadKinds],
  needs: [],
  input: z.strictObject({ container: z.string().max(63).optional(), image }),
  draft: ({ target, related, mark }, wanted) => {
    const stuck = cannotRoll(target)
    if (stuck !== undefined) return stuck
    const found = containerIn(target, wanted.container)
    if (isRefusal(found)) return found
    const { container, path } = found
    const now = container.image
    if (now === undefined) return refused('no-image', `Container ${container.name} names no image.`)
    if (now === wanted.image) return refused('already-there', `Container ${container.name} has that image already.`)
    const request = patchRequest(target, mark, [
      { op: 'test', path: pointer(...path, 'name'), value: container.name },
      { op: 'test', path: pointer(...path, 'image'), value: now },
      { op: 'replace', path: pointer(...path, 'image'), value: wanted.image },
    ])
    if (isRefusal(request)) return request
    const [before, after] = [parseImageName(now), parseImageName(wanted.image)]
    const foreign = before?.name !== after?.name || (after?.tag === 'latest' && after.digest === undefined)
    const restorable = before !== undefined && (before.tag !== undefined || before.digest !== undefined)
    return {
      change: { kind: 'cluster-write', request },
      risk: foreign ? 'high' : 'medium',
      blast: blastOfRollout(target, related),
      success: rolloutSucceeds(target),
      undo: restorable
        ? {
            kind: 'action',
            action: 'set-image',
            target: refOf(target),
            input: { container: container.name ?? '', image: now },
            summary: `set ${now} again`,
          }
        : { kind: 'none', reason: 'the image before has neither tag nor digest, so it cannot be named again' },
      summary: `Set the image of ${refText(refOf(target))} (${container.name}) to ${wanted.image}`,
    }
  },
})
