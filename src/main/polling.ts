import { githubNews } from '../adapters/github/news.ts'
import { openReading } from '../adapters/github/pipelines.ts'
import type { Doctor } from '../doctor/doctor.ts'
import { askForNews, type TakeNews } from '../doctor/news/ask-for-news.ts'
import { source } from '../sources/github.ts'
import { takeParsed, type WebhookEars } from './webhooks.ts'

/**
 * Asks GitHub for news of the repositories that are set up, as often as is set up; nothing where neither is. One replica asks at
 * a time. Returns what ends it.
 */
export const startPolling = (doctor: Doctor, ears: WebhookEars): (() => void) => {
  const { github } = doctor.config
  const client = github?.pollSeconds === undefined ? undefined : openReading(github)
  if (github?.pollSeconds === undefined || client === undefined) return () => undefined
  const every = github.pollSeconds
  const news = githubNews(client)
  const ended = new AbortController()
  let asking = false
  const ask = async (): Promise<void> => {
    const turn = Math.floor(doctor.clock.now() / 1_000 / every)
    if (asking || !(await doctor.store.once(`news-turn-${turn}`, every * 2))) return
    asking = true
    try {
      const take: TakeNews = (from, parsed, body) => takeParsed(ears, from, parsed, body)
      for (const repository of github.repositories?.slice(0, 10) ?? [])
        await askForNews(doctor, news, source, repository, take, ended.signal)
    } finally {
      asking = false
    }
  }
  const again = () =>
    void ask().catch((err: unknown) => {
      if (!ended.signal.aborted) doctor.log.warn({ err }, 'the git host was not asked for news')
    })
  const timer = setInterval(again, every * 1_000)
  timer.unref()
  again()
  return () => {
    ended.abort()
    clearInterval(timer)
  }
}
