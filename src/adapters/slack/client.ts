import { LogLevel, WebClient } from '@slack/web-api'

/** Who the app is in its workspace, as Slack says it. */
export type SlackSelf = {
  readonly team: string
  readonly botUser: string
  readonly botId: string
  /** Absent where Slack does not say it; then it is not compared. */
  readonly app?: string
}

/** What a call of the Web API needs: a bot token and the base of the API. */
export type SlackAccess = { readonly botToken: string; readonly apiUrl?: string }

/** Options that every Web API client of ours has: no hidden retries or queues, a deadline of 8 s, and silence. */
export const clientOptions = (access: Pick<SlackAccess, 'apiUrl'>) => ({
  ...(access.apiUrl === undefined ? {} : { slackApiUrl: access.apiUrl }),
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  timeout: 8_000,
  logLevel: LogLevel.ERROR,
  logger: quiet,
})

/** A Web API client. Pacing and retries are the outbox's, where they can be seen and bounded. */
export const slackClient = (access: SlackAccess): WebClient => new WebClient(access.botToken, clientOptions(access))

/** Asks Slack who we are. Throws where the token is refused or Slack does not answer. */
export const whoAmI = async (client: WebClient): Promise<SlackSelf> => {
  const answer = await client.auth.test()
  const { team_id: team, user_id: botUser, bot_id: botId } = answer
  if (team === undefined || botUser === undefined || botId === undefined)
    throw new Error('Slack did not say who this bot token belongs to; is it a bot token?')
  const app = (answer as { app_id?: unknown }).app_id
  return { team, botUser, botId, ...(typeof app === 'string' ? { app } : {}) }
}

/** The libraries' own log lines would carry message texts; what matters is thrown. */
export const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
}
