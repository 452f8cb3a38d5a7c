import { mkdirSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'
import { type BareApp, startBareApp } from './bare-app.ts'
import { api, channel, postGallery, postNight, samplePanel } from './samples.ts'

const shots = process.env['SCREENSHOT_DIR']
const args = ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking', '--no-first-run']

let browser: Browser
let slack: LocalSlack
let app: BareApp
let panel: ReturnType<typeof samplePanel>
let page: Page
const complaints: string[] = []

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  if (shots !== undefined) mkdirSync(shots, { recursive: true })
})
afterAll(() => browser.close())

beforeEach(async () => {
  panel = samplePanel()
  slack = await startLocalSlack({ panel })
  app = await startBareApp(slack)
})

afterEach(async () => {
  await page.context().close()
  await slack.close()
  await app.close()
  expect(complaints.splice(0)).toEqual([])
})

async function visit(user: string, hash = channel, size = { width: 1440, height: 900 }, dark = false): Promise<void> {
  const context = await browser.newContext({ viewport: size, colorScheme: dark ? 'dark' : 'light' })
  page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(`${slack.url}/?user=${user}#${hash}`)
  await page.waitForSelector('.identity', { state: 'attached' })
}

async function shoot(name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, animations: 'disabled' })
}

describe('the page', () => {
  it('draws the storyboard and opens its thread, in light and dark', async () => {
    const { parent } = await postNight(slack)
    for (const dark of [false, true]) {
      await visit('U0ANA', `${channel}/${parent}`, undefined, dark)
      await page.waitForSelector('#thread .message >> text=Roll back checkout to revision 41')
      expect(await page.getAttribute('html', 'data-theme')).toBe(dark ? 'dark' : 'light')
      expect(await page.locator('#thread .diff .add').count()).toBe(1)
      expect(await page.locator('#thread details.container').getAttribute('open')).toBeNull()
      await shoot(dark ? 'thread-dark' : 'thread-light')
      if (!dark) await page.context().close()
    }
  })

  it('draws every family of blocks without complaint', async () => {
    await postGallery(slack)
    await visit('U0ANA', 'C0PLATFORM', { width: 1200, height: 1700 })
    await page.waitForSelector('.block-plan')
    expect(await page.locator('.unknown').count()).toBe(0)
    const table = page.locator('.data-table')
    await table.getByRole('button', { name: 'Saves $/month' }).click()
    expect(await table.locator('tbody tr').first().innerText()).toContain('payments/checkout')
    await table.getByRole('button', { name: 'next page' }).click()
    expect(await table.locator('tbody tr').count()).toBe(1)
    await table.getByRole('searchbox').fill('ledger')
    expect(await table.locator('tbody tr').allInnerTexts()).toEqual([expect.stringContaining('payments/ledger')])
    await shoot('gallery')
  })

  it('asks before a risky button, sends it once, and shows the change the app makes', async () => {
    const { parent, card } = await postNight(slack)
    await visit('U0ANA', `${channel}/${parent}`)
    const approve = page.locator('#thread [data-action="doctor.approve"]')
    await approve.click()
    await shoot('confirm')
    await page.locator('dialog.confirm').getByRole('button', { name: 'Cancel' }).click()
    expect(app.payloads('block_actions')).toHaveLength(0)
    await approve.click()
    await page.locator('dialog.confirm').getByRole('button', { name: 'Roll back' }).click()
    await expect.poll(() => app.payloads('block_actions').length).toBe(1)
    expect(app.payloads('block_actions')[0]).toMatchObject({
      user: { id: 'U0ANA' },
      actions: [{ action_id: 'doctor.approve', value: 'p-8c41' }],
    })
    await api(slack, 'chat.update', { channel, ts: card, text: 'Approved by Ana', blocks: [] })
    await page.waitForSelector('#thread .message >> text=Approved by Ana')
    expect(await approve.count()).toBe(0)
    await page.waitForSelector('#thread .edited')
  })

  it('shows an ephemeral message only to its reader, who can be switched', async () => {
    const { parent } = await postNight(slack)
    await visit('U0ANA', `${channel}/${parent}`)
    expect(await page.locator('.ephemeral').count()).toBe(0)
    await page.click('.identity')
    await page.locator('.popover').getByText('Ben Okafor').click()
    await page.waitForSelector('#thread .ephemeral >> text=Only visible to you')
    await shoot('outsider')
  })

  it('completes a command, sends it, and shows the private answer live', async () => {
    app.answer = () => ({ text: '3 pods in `payments`' })
    await visit('U0ANA')
    await page.locator('#composer textarea').pressSequentially('/doctor ge')
    await page.waitForSelector('.completion[aria-selected="true"] >> text=/doctor get')
    await shoot('completion')
    await page.keyboard.press('Tab')
    await page.keyboard.type('pods')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.ephemeral >> text=3 pods in')
    expect(app.commands()).toEqual([
      expect.objectContaining({ command: '/doctor', text: 'get pods', user_id: 'U0ANA' }),
    ])
  })

  it('says what Slack says when the app fails a command', async () => {
    app.status = 500
    await visit('U0ANA')
    await page.fill('#composer textarea', '/doctor report')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.ephemeral >> text=/doctor failed with the error "http_service_error"')
  })

  it('runs a modal: opens on top, shows errors in place, closes', async () => {
    app.onCommand = async (body) => {
      await api(slack, 'views.open', { trigger_id: body['trigger_id'], view: wrongView })
    }
    app.answer = (body) =>
      body['type'] === 'view_submission' && JSON.stringify(body).includes('"no"')
        ? { response_action: 'errors', errors: { reason: 'Say a little more.' } }
        : {}
    await visit('U0ANA')
    await page.fill('#composer textarea', '/doctor help')
    await page.keyboard.press('Enter')
    const modal = page.locator('#modal')
    await modal.getByText('What was wrong?').waitFor()
    await modal.getByRole('button', { name: 'Send' }).click()
    await modal.getByText('Please complete this required field.').first().waitFor()
    await modal.locator('[data-input="why"]').fill('no')
    await modal.locator('.picker').click()
    await page.locator('.popover').getByText('The cause').click()
    await modal.getByRole('button', { name: 'Send' }).click()
    await modal.getByText('Say a little more.').waitFor()
    await shoot('modal')
    await modal.locator('[data-input="why"]').fill('it was the quota')
    await modal.getByRole('button', { name: 'Send' }).click()
    await modal.waitFor({ state: 'hidden' })
    const sent = app.payloads('view_submission').at(-1) as { view: { state: { values: unknown } } }
    expect(sent.view.state.values).toMatchObject({
      reason: { why: { value: 'it was the quota' } },
      what: { part: { selected_option: { value: 'cause' } } },
    })
  })

  it('moves by keyboard: Ctrl+K, arrows, Enter, Escape closes the thread', async () => {
    const { parent } = await postNight(slack)
    await visit('U0ANA', `${channel}/${parent}`)
    await page.keyboard.press('Escape')
    expect(await page.locator('#thread .message').count()).toBe(0)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('platf')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#header h1 >> text=platform')
  })

  it('marks other channels unread and shows new messages as they come', async () => {
    await visit('U0ANA')
    await slack.as('U0BEN').say('anyone around?', 'C0PLATFORM')
    await page.waitForSelector('.place.unread >> text=platform')
    await page.fill('#composer textarea', 'half a thought')
    await slack.as('U0BEN').say('hello <here>', channel)
    await page.waitForSelector('.message >> text=hello <here>')
    expect(await page.inputValue('#composer textarea')).toBe('half a thought')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA')
  })

  it('drives the panel: injects a fault, shows what failed', async () => {
    await visit('U0ANA')
    await shoot('tour')
    await page.getByRole('tab', { name: 'Break it' }).click()
    await page.locator('.fault').first().getByRole('button', { name: 'Inject' }).click()
    await page.locator('.fault.injected').getByRole('button', { name: 'Heal' }).waitFor()
    expect(panel.actionsSeen).toEqual(['secret-key=true'])
    await page.getByRole('tab', { name: /Cluster/ }).click()
    expect(await page.locator('.pod.bad').count()).toBe(4)
    await shoot('cluster')
    await page.getByRole('tab', { name: /Systems/ }).click()
    await page.getByRole('button', { name: 'Merge' }).click()
    await page.waitForSelector('.toast.error >> text=#318 has a failing check')
    await shoot('systems')
  })

  it('shows the App Home and its suggested prompts', async () => {
    await api(slack, 'views.publish', { user_id: 'U0ANA', view: homeView })
    await visit('U0ANA', 'home')
    await page.waitForSelector('.home >> text=Nothing is broken')
    await shoot('home')
    await page.getByRole('tab', { name: 'Messages' }).click()
    await page.getByRole('button', { name: 'What is broken right now?' }).click()
    await page.waitForSelector('.message >> text=What is broken right now?')
    await expect.poll(() => app.events('message').length).toBe(1)
  })

  it('fits a phone without scrolling sideways', async () => {
    const { parent } = await postNight(slack)
    await visit('U0ANA', channel, { width: 390, height: 844 })
    const sideways = () => page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(await sideways()).toBe(0)
    await shoot('phone')
    await page.click('.thread-bar')
    await page.waitForSelector('#thread >> text=Roll back checkout')
    expect(await page.locator('#main').isVisible()).toBe(false)
    expect(await sideways()).toBe(0)
    await shoot('phone-thread')
    await page.click('#thread [aria-label="Back to the channel"]')
    await page.click('#tab-places')
    await page.waitForTimeout(250)
    await shoot('phone-side')
    await page.click('.place >> text=platform')
    await page.waitForSelector('#header h1 >> text=platform')
    expect(parent).not.toBe('')
  })

  it('keeps markup that people or logs contain as text', async () => {
    const nasty = '<img src=x onerror="document.title=1"> &lt;script&gt; <javascript:alert(1)|click>'
    await api(slack, 'chat.postMessage', { channel, text: nasty })
    await visit('U0ANA')
    await page.waitForSelector('.message')
    expect(await page.locator('.message .body img, .message .body script').count()).toBe(0)
    expect(await page.locator('.message .body a').count()).toBe(0)
    expect(await page.title()).not.toBe('1')
  })
})

const plain = (text: string) => ({ type: 'plain_text', text })
const wrongView = {
  type: 'modal',
  title: plain('Not right?'),
  submit: plain('Send'),
  blocks: [
    { type: 'alert', level: 'info', text: plain('Your answer is kept, to make the next diagnosis better.') },
    {
      type: 'input',
      block_id: 'what',
      label: plain('What was wrong?'),
      element: {
        type: 'static_select',
        action_id: 'part',
        options: [
          { text: plain('The cause'), value: 'cause' },
          { text: plain('The plan'), value: 'plan' },
        ],
      },
    },
    {
      type: 'input',
      block_id: 'reason',
      label: plain('What is it really?'),
      hint: plain('One sentence is enough.'),
      element: { type: 'plain_text_input', action_id: 'why', multiline: true },
    },
  ],
}

const homeView = {
  type: 'home',
  blocks: [
    { type: 'header', text: plain('Nothing is broken') },
    { type: 'section', text: { type: 'mrkdwn', text: ':large_green_circle: *prod-eu1* 31 namespaces healthy' } },
    { type: 'divider' },
    { type: 'actions', elements: [{ type: 'button', action_id: 'doctor.report', text: plain('Full report') }] },
  ],
}
