import type { Json } from '../model.ts'
import { agentThread, putThread } from '../workspace.ts'
import { ApiError, invalidArguments } from './api-error.ts'
import { objectList, optionalString, requiredString } from './arguments.ts'
import { type Call, type Method, requireScope } from './context.ts'
import { channelOf, messageOf, requireWritable } from './lookup.ts'

/** What an agent says about its threads: loading text, prompts, session status. */
export const agentMethods: Readonly<Record<string, Method>> = {
  'assistant.threads.setStatus': { run: setLoading },
  'assistant.threads.setTitle': { scopes: ['assistant:write'], run: setTitle },
  'assistant.threads.setSuggestedPrompts': { scopes: ['assistant:write'], run: setPrompts },
  'agents.sessions.setStatus': { scopes: ['chat:write'], run: setSession },
  'agents.sessions.rename': { scopes: ['chat:write'], run: renameSession },
}

function threadArgument({ context, args }: Call): { readonly channel: string; readonly thread: string } {
  const channel = channelOf(context.workspace, requiredString(args, 'channel_id'))
  requireWritable(channel)
  const ts = requiredString(args, 'thread_ts')
  const parent = messageOf(context.workspace, channel.id, ts, 'thread_not_found')
  return { channel: channel.id, thread: parent.thread_ts ?? parent.ts }
}

function setLoading(call: Call): Json {
  if (!call.context.app.scopes.has('assistant:write')) requireScope(call.context, 'chat:write')
  const { channel, thread } = threadArgument(call)
  if (call.args['status'] === undefined) throw invalidArguments('missing required field: status')
  const status = optionalString(call.args, 'status') ?? ''
  putThread(call.context.workspace, { ...agentThread(call.context.workspace, channel, thread), loading: status })
  return { ok: true }
}

function setTitle(call: Call): Json {
  const { channel, thread } = threadArgument(call)
  const title = requiredString(call.args, 'title')
  putThread(call.context.workspace, { ...agentThread(call.context.workspace, channel, thread), title })
  return { ok: true }
}

function setPrompts({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel_id'))
  const prompts = objectList(args, 'prompts', 'invalid_arguments').map((prompt) => ({
    title: requiredString(prompt, 'title'),
    message: requiredString(prompt, 'message'),
  }))
  if (prompts.length === 0 || prompts.length > 4) throw invalidArguments('must provide 1 to 4 prompts')
  const thread = optionalString(args, 'thread_ts') ?? ''
  putThread(context.workspace, { ...agentThread(context.workspace, channel.id, thread), prompts })
  return { ok: true }
}

function setSession(call: Call): Json {
  const { context, args } = call
  requireScope(context, 'assistant:write')
  const status = requiredString(args, 'status')
  if (status !== 'processing' && status !== 'active' && status !== 'suspended' && status !== 'closed') {
    throw invalidArguments('status must be one of: active, processing, suspended, closed')
  }
  const { channel, thread } = threadArgument(call)
  const before = agentThread(context.workspace, channel, thread)
  const title = before.session === undefined ? (optionalString(args, 'title') ?? before.title) : before.title
  if (title.length > 200) throw invalidArguments('title must be less than 201 characters')
  putThread(context.workspace, { ...before, session: status, title })
  const stops = context.app.events.has('agent_session_stopped')
  const warning = status === 'processing' && !stops ? 'missing_agent_session_stopped_event_subscription' : undefined
  return { ok: true, status, agent_status: status, title, ...(warning === undefined ? {} : { warning }) }
}

function renameSession(call: Call): Json {
  requireScope(call.context, 'assistant:write')
  const { channel, thread } = threadArgument(call)
  const title = requiredString(call.args, 'title')
  if (title.length > 200) throw invalidArguments('title must be less than 201 characters')
  const before = agentThread(call.context.workspace, channel, thread)
  if (before.session === undefined) throw new ApiError('session_not_found')
  putThread(call.context.workspace, { ...before, title })
  return { ok: true, title }
}
