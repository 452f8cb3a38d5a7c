import type { Json } from './model.ts'

/** Calls a minute each method may make (docs.slack.dev/apis/web-api/rate-limits; streaming tiers as in SLACK.md). */
const perMinute: Readonly<Record<string, number>> = {
  'agents.sessions.rename': 50,
  'agents.sessions.setStatus': 50,
  'chat.appendStream': 100,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'chat.startStream': 20,
  'chat.stopStream': 20,
  'chat.update': 50,
  'conversations.history': 50,
  'conversations.info': 50,
  'conversations.join': 50,
  'conversations.list': 20,
  'conversations.members': 100,
  'conversations.open': 50,
  'conversations.replies': 50,
  'reactions.add': 50,
  'usergroups.list': 20,
  'usergroups.users.list': 20,
  'users.info': 100,
  'users.list': 20,
  'users.lookupByEmail': 50,
  'views.open': 100,
  'views.publish': 100,
  'views.push': 100,
  'views.update': 100,
}

/** Says how many seconds a call must wait, or that it may go on. */
export type RateLimits = { check(method: string, args: Json): number | undefined }

type Bucket = { tokens: number; at: number }

/** Token buckets as Slack keeps them: a posting channel gets one message a second with a short burst, other methods their tier. */
export function createRateLimits(now: () => number = () => performance.now()): RateLimits {
  const buckets = new Map<string, Bucket>()
  const take = (key: string, size: number, perSecond: number): number | undefined => {
    const bucket = buckets.get(key) ?? { tokens: size, at: now() }
    const tokens = Math.min(size, bucket.tokens + ((now() - bucket.at) / 1000) * perSecond)
    const allowed = tokens >= 1
    buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now() })
    return allowed ? undefined : Math.max(1, Math.ceil((1 - tokens) / perSecond))
  }
  return {
    check(method, args) {
      if (method === 'chat.postMessage') return take(`${method}:${String(args['channel'])}`, 5, 1)
      const tier = perMinute[method]
      return tier === undefined ? undefined : take(method, tier, tier / 60)
    },
  }
}
