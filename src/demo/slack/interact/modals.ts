import { ApiError } from '../api/api-error.ts'
import { isObject } from '../api/arguments.ts'
import { presentView } from '../api/present.ts'
import { checkedView, replaceView, showModal } from '../api/views.ts'
import { interactiveElements } from '../blocks/identify.ts'
import { type Core, payloadBase } from '../core.ts'
import { clientErrors, type InputValues, initialValues, type RawValue, withValue } from '../input-state.ts'
import type { LocalUser, LocalView } from '../model.ts'
import { type InteractionResult, interact, openView, viewBlocks } from './actions.ts'

/** What became of a submitted modal. `errors` are by block id, from the client or from the app. */
export type SubmitResult =
  | { readonly ok: true; readonly outcome: 'closed' | 'updated' | 'pushed' | 'cleared' }
  | { readonly ok: false; readonly error: string; readonly errors?: Readonly<Record<string, string>> }

/** Submits a modal. Values are by action id or block id and go over what was filled in before. */
export async function submit(
  core: Core,
  user: LocalUser,
  viewId: string,
  given: Readonly<Record<string, RawValue>>,
): Promise<SubmitResult> {
  const view = openView(core, user, viewId)
  if (view === undefined || view.type !== 'modal') return { ok: false, error: 'view_not_found' }
  if (view.content['submit'] === undefined) return { ok: false, error: 'view_has_no_submit' }
  const values = filledIn(core, view, given)
  core.inputs.set(view.id, values)
  const errors = clientErrors(viewBlocks(view), values)
  if (Object.keys(errors).length > 0) return { ok: false, error: 'validation_failed', errors }
  const result = await interact(core, {
    ...payloadBase('view_submission', user),
    trigger_id: core.context.triggers.issue(user.id),
    view: presentView(view, values),
    response_urls: [],
  })
  return result.ok ? follow(core, view, result.body) : result
}

function filledIn(core: Core, view: LocalView, given: Readonly<Record<string, RawValue>>): InputValues {
  const blocks = viewBlocks(view)
  return interactiveElements(blocks).reduce<InputValues>(
    (values, placed) => {
      const raw = given[String(placed.element['action_id'])] ?? given[placed.blockId]
      return raw === undefined ? values : withValue(values, placed, raw)
    },
    { ...initialValues(blocks), ...core.inputs.get(view.id) },
  )
}

/** Carries out the `response_action` of the acknowledgement; without one the modal closes. */
function follow(core: Core, view: LocalView, body: unknown): SubmitResult {
  const { workspace } = core.context
  const action = isObject(body) ? body['response_action'] : undefined
  if (!isObject(body) || action === undefined) {
    dismiss(core, view, false)
    return { ok: true, outcome: 'closed' }
  }
  try {
    switch (action) {
      case 'errors':
        return { ok: false, error: 'validation_failed', errors: body['errors'] as Readonly<Record<string, string>> }
      case 'clear':
        dismiss(core, view, true)
        return { ok: true, outcome: 'cleared' }
      case 'update':
        replaceView(workspace, view, checkedView(body['view'], 'modal'))
        core.inputs.delete(view.id)
        return { ok: true, outcome: 'updated' }
      case 'push':
        showModal(workspace, view.user, checkedView(body['view'], 'modal'), 'push')
        return { ok: true, outcome: 'pushed' }
      default:
        return { ok: false, error: 'invalid_response_action' }
    }
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, error: error.code }
    throw error
  }
}

function dismiss(core: Core, view: LocalView, all: boolean): void {
  const { workspace } = core.context
  const stack = workspace.stacks.get(view.user) ?? []
  const gone = all ? stack : stack.slice(stack.indexOf(view.id))
  for (const id of gone) {
    workspace.views.delete(id)
    core.inputs.delete(id)
  }
  workspace.stacks.set(
    view.user,
    stack.filter((id) => !gone.includes(id)),
  )
  workspace.emit({ kind: 'view_closed', user: view.user, viewIds: gone })
}

/** Closes a modal; the app hears of it only where the view asked for it. */
export async function closeView(core: Core, user: LocalUser, viewId: string): Promise<InteractionResult> {
  const view = openView(core, user, viewId)
  if (view === undefined || view.type !== 'modal') return { ok: false, error: 'view_not_found' }
  const values = core.inputs.get(view.id) ?? {}
  const clear = view.content['clear_on_close'] === true
  dismiss(core, view, clear)
  if (view.content['notify_on_close'] !== true) return { ok: true, body: '' }
  return interact(core, {
    ...payloadBase('view_closed', user),
    view: presentView(view, values),
    is_cleared: clear,
  })
}
