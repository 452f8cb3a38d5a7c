import type { Draft } from '../../actions/action.ts'
import { type Delivery, deliveryText } from '../../domain/delivered-by.ts'
import type { PlanRequest } from '../../domain/job.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refText } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { readIssue } from '../issue/issue-store.ts'

/** What is wanted of an object: an action of the catalogue and its input. */
export type Wish = { readonly action: string; readonly input: Readonly<Record<string, unknown>> }

/** The live change that a wish would make, of an object that Git owns. */
export type OwnedByGit = { readonly target: KubeObject; readonly owner: Delivery; readonly draft: Draft }

/**
 * The input of open-pull-request that makes a wish come true in Git. It keeps the wish, so that a base that moves on leads to a
 * fresh plan, and names the thread.
 */
export const editsFor = async (
  doctor: Doctor,
  request: PlanRequest,
  wish: Wish,
  { target, owner, draft }: OwnedByGit,
): Promise<Readonly<Record<string, unknown>> | Refusal> => {
  const { cluster, reason } = request
  if (doctor.gitOps === undefined)
    return refused(
      'git-owned',
      `${deliveryText(owner)} owns ${refText(request.target)}: a live change would be undone. Change it in Git: ${draft.summary}.`,
    )
  const thread = await threadLink(doctor, request)
  const edits = await doctor.gitOps.editsFor({
    cluster,
    target,
    owner,
    ...wish,
    draft,
    reason,
    ...(thread === undefined ? {} : { thread }),
  })
  if (isRefusal(edits)) return edits
  const issue = await issueOf(doctor, request)
  return { ...edits, wish, ...(issue === undefined ? {} : { issue }) }
}

/** The issue that the branch is to be named for, where that is wanted and the case has one. */
const issueOf = async (doctor: Doctor, { incident }: PlanRequest): Promise<number | undefined> => {
  if (doctor.config.github?.branches !== 'issue' || incident === undefined) return undefined
  const known = (await readIncident(doctor, incident))?.value
  return known === undefined ? undefined : (await readIssue(doctor, known.fingerprint))?.number
}

/** The address of the thread that asks; undefined where there is none or the chat does not say. */
const threadLink = async (
  doctor: Pick<Doctor, 'store' | 'chat'>,
  { incident, replyTo }: PlanRequest,
): Promise<string | undefined> => {
  const known = incident === undefined ? undefined : (await readIncident(doctor, incident))?.value.thread
  const asked = replyTo?.thread === undefined ? undefined : { channel: replyTo.channel, ts: replyTo.thread }
  const place = known ?? asked
  return place === undefined ? undefined : doctor.chat.permalink(place.channel, place.ts).catch(() => undefined)
}
