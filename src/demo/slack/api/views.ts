import { withIds } from '../blocks/identify.ts'
import { validateMessage, validateView } from '../blocks/validate.ts'
import type { Json, LocalView } from '../model.ts'
import { newId, type Workspace } from '../workspace.ts'
import { ApiError, invalidArguments } from './api-error.ts'
import { isObject, optionalJson, optionalString, requiredString } from './arguments.ts'
import { refusedBlocks } from './content.ts'
import type { Call, Method } from './context.ts'
import { userOf } from './lookup.ts'
import { presentView } from './present.ts'

/** `views.*` and `blocks.validate`. */
export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': { run: (call) => openView(call, 'open') },
  'views.push': { run: (call) => openView(call, 'push') },
  'views.update': { run: update },
  'views.publish': { run: publish },
  'blocks.validate': { run: validate },
}

/** A view argument that Slack would take, with ids filled in. Throws `invalid_arguments` with the complaints. */
export function checkedView(view: unknown, type: 'modal' | 'home'): Json {
  if (!isObject(view)) throw invalidArguments('missing required field: view')
  const problems = validateView(view, type)
  if (problems.length > 0) throw refusedBlocks('invalid_arguments', problems)
  return { ...view, blocks: withIds(view['blocks'] as readonly Json[]) }
}

function openView({ context, args }: Call, how: 'open' | 'push'): Json {
  const redeemed = context.triggers.redeem(requiredString(args, 'trigger_id'))
  if ('fault' in redeemed) throw new ApiError(redeemed.fault)
  const content = checkedView(optionalJson(args, 'view'), 'modal')
  return { ok: true, view: presentView(showModal(context.workspace, redeemed.userId, content, how)) }
}

/** Puts a modal on top of the person's stack; a stack holds three at most. */
export function showModal(workspace: Workspace, userId: string, content: Json, how: 'open' | 'push'): LocalView {
  const stack = how === 'open' ? [] : (workspace.stacks.get(userId) ?? [])
  if (how === 'push' && stack.length === 0) throw new ApiError('not_found')
  if (stack.length >= 3) throw new ApiError('push_limit_reached')
  requireFreshExternalId(workspace, content)
  const id = newId('V')
  const view: LocalView = {
    id,
    user: userId,
    type: 'modal',
    hash: newHash(),
    root_view_id: stack[0] ?? id,
    ...(stack.length > 0 ? { previous_view_id: stack.at(-1) as string } : {}),
    content,
  }
  for (const old of how === 'open' ? (workspace.stacks.get(userId) ?? []) : []) workspace.views.delete(old)
  workspace.views.set(id, view)
  workspace.stacks.set(userId, [...stack, id])
  workspace.emit({ kind: 'view', view })
  return view
}

function requireFreshExternalId(workspace: Workspace, content: Json): void {
  const id = content['external_id']
  if (typeof id !== 'string' || id === '') return
  for (const view of workspace.views.values()) {
    if (view.content['external_id'] === id) throw new ApiError('duplicate_external_id')
  }
}

function newHash(): string {
  return `${Math.floor(Date.now() / 1000)}.${newId('').slice(0, 8)}`
}

function update({ context, args }: Call): Json {
  const id = optionalString(args, 'view_id')
  const external = optionalString(args, 'external_id')
  if ((id === undefined) === (external === undefined))
    throw invalidArguments('must define either view_id or external_id')
  const found = [...context.workspace.views.values()].find(
    (view) => view.id === id || (external !== undefined && view.content['external_id'] === external),
  )
  if (found === undefined) throw new ApiError('not_found')
  requireHash(found, args)
  const content = checkedView(optionalJson(args, 'view'), found.type)
  return { ok: true, view: presentView(replaceView(context.workspace, found, content)) }
}

/** Gives an open modal new content under the same id. */
export function replaceView(workspace: Workspace, view: LocalView, content: Json): LocalView {
  const next = { ...view, content, hash: newHash() }
  workspace.views.set(view.id, next)
  workspace.emit({ kind: 'view', view: next })
  return next
}

function requireHash(view: LocalView, args: Json): void {
  const hash = optionalString(args, 'hash')
  if (hash !== undefined && hash !== view.hash) throw new ApiError('hash_conflict')
}

function publish({ context, args }: Call): Json {
  if (!context.app.homeTab) throw new ApiError('not_enabled')
  const user = userOf(context.workspace, requiredString(args, 'user_id'))
  const content = checkedView(optionalJson(args, 'view'), 'home')
  const before = context.workspace.homes.get(user.id)
  if (before !== undefined) requireHash(before, args)
  const id = before?.id ?? newId('V')
  const view: LocalView = { id, user: user.id, type: 'home', hash: newHash(), root_view_id: id, content }
  context.workspace.homes.set(user.id, view)
  context.workspace.emit({ kind: 'home', user: user.id, view })
  return { ok: true, view: presentView(view) }
}

function validate({ args }: Call): Json {
  const view = optionalJson(args, 'view')
  const message = optionalJson(args, 'message')
  const blocks = optionalJson(args, 'blocks') ?? (isObject(message) ? message['blocks'] : undefined)
  if (view === undefined && blocks === undefined) throw invalidArguments('must define one of blocks, message, view')
  const type = isObject(view) && view['type'] === 'home' ? 'home' : 'modal'
  const problems = view === undefined ? validateMessage(blocks) : validateView(view, type)
  if (problems.length === 0) return { ok: true }
  return {
    ok: false,
    error: 'invalid_blocks',
    errors: problems.map((problem) => ({ code: 'invalid', message: problem.message, pointer: problem.pointer })),
  }
}
