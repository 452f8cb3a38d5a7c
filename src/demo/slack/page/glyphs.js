const green = '#1f9d55'
const red = '#d92d20'
const amber = '#f0a020'
const blue = '#2f7de1'
const ink = '#5b6b76'
const steel = '#8a99a5'

/** Pieces of a glyph in a box of 24 units: `fill colour|path` or `line colour|path`. */
const drawn = {
  '✅': [
    `fill ${green}|M5 2h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z`,
    'line #fff|M6.500 12.500l4 4 7.500-9',
  ],
  '✔️': [`line ${green}|M4 13l5 5L20 6`],
  '☑️': [
    `fill ${blue}|M5 2h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z`,
    'line #fff|M6.500 12.500l4 4 7.500-9',
  ],
  '❌': [`line ${red}|M5 5l14 14M19 5 5 19`],
  '⛔': [`fill ${red}|M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20z`, 'line #fff|M7 12h10'],
  '🚫': [`line ${red}|M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM6 6l12 12`],
  '⚠️': [`fill ${amber}|M12 2.500 23 21.500H1z`, 'line #3b2a00|M12 9.500v5.500M12 18.200h.01'],
  '🚨': [`fill ${red}|M5 18v-5a7 7 0 0 1 14 0v5z`, `fill ${ink}|M3 18h18v3H3z`, 'line #ffd0cb|M9 13a3 3 0 0 1 3-3'],
  '🔔': [`fill ${amber}|M12 3a6 6 0 0 1 6 6v5l2 4H4l2-4V9a6 6 0 0 1 6-6z`, `line ${amber}|M10.500 21h3`],
  '❓': [`line ${red}|M8 8.500a4 4 0 1 1 5.500 3.700c-1.200.6-1.500 1.300-1.500 2.800M12 19h.01`],
  '❗': [`line ${red}|M12 4v10M12 19h.01`],
  ℹ️: [
    `fill ${blue}|M5 2h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z`,
    'line #fff|M12 11v6M12 7h.01',
  ],
  '👍': [
    `fill ${amber}|M7 11l4-8c1.600 0 2.500 1 2.500 2.600L13 9h5.500c1.500 0 2.300 1.200 2 2.500l-1.500 7c-.3 1.200-1.100 1.900-2.400 1.900H7z`,
    `fill ${steel}|M3 11h3v9.400H3z`,
  ],
  '👎': [
    `fill ${amber}|M7 13l4 8c1.600 0 2.500-1 2.500-2.600L13 15h5.500c1.500 0 2.300-1.200 2-2.500l-1.500-7c-.3-1.200-1.100-1.900-2.400-1.900H7z`,
    `fill ${steel}|M3 3.600h3V13H3z`,
  ],
  '👀': [
    'fill #fff|M7 4a4.500 7 0 1 1 0 15 4.500 7 0 0 1 0-15zM17 4a4.500 7 0 1 1 0 15 4.500 7 0 0 1 0-15z',
    `thin ${ink}|M7 4.500a4.500 7 0 1 1 0 14.500 4.500 7 0 0 1 0-14.500zM17 4.500a4.500 7 0 1 1 0 14.500 4.500 7 0 0 1 0-14.500z`,
    'fill #24343d|M8 9a2 3 0 1 1 0 6 2 3 0 0 1 0-6zM18 9a2 3 0 1 1 0 6 2 3 0 0 1 0-6z',
  ],
  '🎉': [`fill ${amber}|M3 21 8 8l8 8z`, `line ${blue}|M13 7c2-1 2-3 1-4M17 11c2-1 3 0 4-1`, `line ${red}|M16 7l3-3`],
  '🚀': [
    `fill ${steel}|M12 2c4 3 5 8 3.500 14h-7C7 10 8 5 12 2z`,
    `fill ${red}|M8 12l-4 5 4-1zM16 12l4 5-4-1zM10 17h4l-2 5z`,
    `fill ${blue}|M12 7a2 2 0 1 1 0 4 2 2 0 0 1 0-4z`,
  ],
  '🔥': [
    `fill ${red}|M12 2c1 5 6 6 6 12a6 6 0 0 1-12 0c0-3 1.500-4 2-6 1.500 1 2 2 2 3.500C12 9 12.500 6 12 2z`,
    `fill ${amber}|M12 13c1.500 2 2.500 3 2.500 4.500a2.500 2.500 0 0 1-5 0C9.500 16 11 15 12 13z`,
  ],
  '🔍': [`line ${ink}|M10 4a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM14.500 14.500 21 21`],
  '🔎': [`line ${ink}|M14 4a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM9.500 14.500 3 21`],
  '💡': [`fill ${amber}|M12 2a7 7 0 0 1 4 12.700V17H8v-2.300A7 7 0 0 1 12 2z`, `fill ${steel}|M9 18h6v3H9z`],
  '🔧': [`line ${steel}|M4 20l9-9M13 11a5 5 0 0 1 6.500-6.500L16 8l1 2 3-2a5 5 0 0 1-7 3z`],
  '🛠️': [`line ${steel}|M4 20l9-9M13 11a5 5 0 0 1 6.500-6.500L16 8l1 2 3-2a5 5 0 0 1-7 3z`],
  '⚙️': [
    `line ${steel}|M12 8.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2`,
  ],
  '🔒': [`fill ${amber}|M5 11h14v10H5z`, `line ${steel}|M8 11V8a4 4 0 0 1 8 0v3`],
  '🔓': [`fill ${amber}|M5 11h14v10H5z`, `line ${steel}|M8 11V7a4 4 0 0 1 7.500-2`],
  '🔑': [`line ${amber}|M8 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 12h9M18 12v4M21 12v3`],
  '🩺': [
    `line ${ink}|M5 3v6a4.500 4.500 0 0 0 9 0V3M9.500 13.500V16a5 5 0 0 0 10 0v-3`,
    `fill ${blue}|M19.500 9a2 2 0 1 1 0 4 2 2 0 0 1 0-4z`,
  ],
  '⏳': [`line ${ink}|M6 3h12M6 21h12`, `fill ${amber}|M7 4h10c0 5-3 6-4 8 1 2 4 3 4 8H7c0-5 3-6 4-8-1-2-4-3-4-8z`],
  '⌛': [`line ${ink}|M6 3h12M6 21h12`, `fill ${amber}|M7 4h10c0 5-3 6-4 8 1 2 4 3 4 8H7c0-5 3-6 4-8-1-2-4-3-4-8z`],
  '⏱️': [`line ${ink}|M12 6a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 14V10M10 2h4`],
  '⏰': [`line ${red}|M12 6a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 14v-4M12 14l3 2M4 3 2 5M20 3l2 2`],
  '🔄': [`line ${blue}|M20 8A8.500 8.500 0 0 0 5 7M5 3v4h4M4 16a8.500 8.500 0 0 0 15 1M19 21v-4h-4`],
  '↩️': [`line ${blue}|M9 5 4 10l5 5M4 10h10a6 6 0 0 1 0 12h-3`],
  '⏪': [`fill ${blue}|M12 5v14L3 12zM21 5v14l-9-7z`],
  '➡️': [`line ${blue}|M4 12h15M13 6l6 6-6 6`],
  '📈': [`line ${steel}|M3 3v18h18`, `line ${red}|M6 16l5-5 3 3 6-8`],
  '📉': [`line ${steel}|M3 3v18h18`, `line ${blue}|M6 7l5 5 3-3 6 8`],
  '📊': [`fill ${green}|M4 11h4v10H4z`, `fill ${blue}|M10 4h4v17h-4z`, `fill ${red}|M16 8h4v13h-4z`],
  '📋': [`line ${ink}|M6 4h12v17H6zM9 2.500h6v3H9zM9 11h6M9 15h6`],
  '📝': [`line ${ink}|M5 3h10v18H5zM8 8h4M8 12h4`, `line ${amber}|M20 8l-7 9`],
  '📄': [`line ${ink}|M6 3h8l4 4v14H6zM9 11h6M9 15h6`],
  '📌': [`fill ${red}|M9 2h6l-1 7 4 4H6l4-4z`, `line ${steel}|M12 13v9`],
  '🔗': [`line ${steel}|M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1`],
  '📦': ['fill #c08a52|M3 8l9-5 9 5v9l-9 5-9-5z', 'thin #7c5428|M3 8l9 5 9-5M12 13v9'],
  '📅': [`line ${ink}|M4 5h16v16H4zM4 10h16M8 3v4M16 3v4`],
  '🛡️': [`fill ${blue}|M12 2l8 3v6c0 6-4 9-8 11-4-2-8-5-8-11V5z`, 'line #fff|M8 12l3 3 5-6'],
  '❄️': [`line ${blue}|M12 2v20M3.500 7l17 10M20.500 7l-17 10`],
  '🧊': [`line ${blue}|M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10`],
  '🤖': [`fill ${steel}|M4 8h16v12H4z`, `line ${steel}|M12 8V4`, 'fill #fff|M8 12h2v3H8zM14 12h2v3h-2z'],
  '⚡': [`fill ${amber}|M13 2 4 14h7l-1 8 9-12h-7z`],
  '💥': [`fill ${amber}|M12 1l2 6 6-3-3 6 6 2-6 2 3 6-6-3-2 6-2-6-6 3 3-6-6-2 6-2-3-6 6 3z`],
  '🐛': [
    `fill ${green}|M12 6a6 8 0 1 1 0 15 6 8 0 0 1 0-15z`,
    `line ${green}|M9 6 7 3M15 6l2-3M2 12h4M18 12h4M3 19l4-2M21 19l-4-2`,
  ],
  '💬': [`fill ${blue}|M3 4h18v13H11l-5 4v-4H3z`],
  '👤': [`fill ${steel}|M12 3a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM3 21c0-5 4-7.500 9-7.500s9 2.500 9 7.500z`],
  '✨': [`fill ${amber}|M12 2l2.500 7.500L22 12l-7.500 2.500L12 22l-2.500-7.500L2 12l7.500-2.500z`],
  '💰': [
    'fill #b98520|M9 3h6l-1.500 4C18 9 20 13 20 16c0 4-3 5-8 5s-8-1-8-5c0-3 2-7 6.500-9z',
    'line #fff|M12 11v7M14 12.500h-3a1.300 1.300 0 0 0 0 2.800h2a1.300 1.300 0 0 1 0 2.700h-3',
  ],
  '👋': [`line ${amber}|M7 12V6M10 11V4M13 11V4.500M16 12V7M7 12c-2-2-4-1-3 1 2 4 4 8 8 8 5 0 6-4 5-9`],
}

const circles = {
  '🔴': red,
  '🟠': '#f07f13',
  '🟡': '#f4c20d',
  '🟢': green,
  '🔵': blue,
  '⚪': '#dfe5e8',
  '⚫': '#2a353c',
  '🟣': '#8e4ec6',
}
const squares = {
  '🟥': red,
  '🟧': '#f07f13',
  '🟨': '#f4c20d',
  '🟩': green,
  '🟦': blue,
  '⬜': '#dfe5e8',
  '⬛': '#2a353c',
}
for (const [sign, color] of Object.entries(circles))
  drawn[sign] = [`fill ${color}|M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z`]
for (const [sign, color] of Object.entries(squares)) drawn[sign] = [`fill ${color}|M4 4h16v16H4z`]

const known = new RegExp(
  `(${Object.keys(drawn)
    .toSorted((a, b) => b.length - a.length)
    .map((sign) => sign.replace('\ufe0f', '\ufe0f?'))
    .join('|')})`,
  'u',
)

/** Text with the signs this page can draw put in as pictures, since not every machine has an emoji font. */
export function withGlyphs(text) {
  return text.split(known).map((part, index) => (index % 2 === 1 ? glyph(part) : part))
}

/** One sign as a picture that reads as its character; the character itself where it is not drawn. */
export function glyph(sign) {
  const pieces = drawn[sign] ?? drawn[`${sign}\ufe0f`]
  if (pieces === undefined) return sign
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  for (const [name, value] of Object.entries({ viewBox: '0 0 24 24', class: 'glyph', role: 'img', 'aria-label': sign }))
    svg.setAttribute(name, value)
  for (const piece of pieces) {
    const [how, d] = piece.split('|')
    const [kind, color] = how.split(' ')
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    path.setAttribute('d', d)
    path.setAttribute('class', kind)
    path.setAttribute(kind === 'fill' ? 'fill' : 'stroke', color)
    svg.append(path)
  }
  return svg
}
