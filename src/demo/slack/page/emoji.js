import { glyph, withGlyphs } from './glyphs.js'

const table = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|100 💯|tada 🎉|eyes 👀|rocket 🚀|fire 🔥|bug 🐛|wrench 🔧|hammer_and_wrench 🛠️|gear ⚙️|lock 🔒|unlock 🔓|key 🔑
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|no_entry ⛔|no_entry_sign 🚫|warning ⚠️|rotating_light 🚨|bell 🔔|no_bell 🔕|question ❓|exclamation ❗
red_circle 🔴|large_orange_circle 🟠|orange_circle 🟠|large_yellow_circle 🟡|yellow_circle 🟡|large_green_circle 🟢|green_circle 🟢|large_blue_circle 🔵|blue_circle 🔵|white_circle ⚪|black_circle ⚫|large_purple_circle 🟣
large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦|white_large_square ⬜|black_large_square ⬛|black_square_button 🔲
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|alarm_clock ⏰|clock1 🕐|arrows_counterclockwise 🔄|repeat 🔁|rewind ⏪|leftwards_arrow_with_hook ↩️|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_upper_right ↗️|arrow_lower_right ↘️
mag 🔍|mag_right 🔎|microscope 🔬|stethoscope 🩺|hospital 🏥|ambulance 🚑|pill 💊|adhesive_bandage 🩹|syringe 💉|heart ❤️|green_heart 💚|broken_heart 💔|sparkles ✨|star ⭐|zap ⚡|boom 💥|bulb 💡|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|clipboard 📋|memo 📝|page_facing_up 📄|scroll 📜|books 📚|book 📖|file_folder 📁|open_file_folder 📂|package 📦|inbox_tray 📥|outbox_tray 📤|calendar 📅|date 📅|spiral_calendar_pad 🗓️|receipt 🧾|moneybag 💰|dollar 💵|credit_card 💳
globe_with_meridians 🌐|earth_africa 🌍|satellite 🛰️|satellite_antenna 📡|electric_plug 🔌|battery 🔋|computer 💻|desktop_computer 🖥️|floppy_disk 💾|minidisc 💽|cloud ☁️|whale 🐳|ship 🚢|anchor ⚓|octopus 🐙|robot_face 🤖|construction 🚧|traffic_light 🚥|vertical_traffic_light 🚦|shield 🛡️|ice_cube 🧊|snowflake ❄️
wave 👋|raised_hands 🙌|clap 👏|pray 🙏|muscle 💪|ok_hand 👌|point_right 👉|point_down 👇|thinking_face 🤔|smile 😄|slightly_smiling_face 🙂|grin 😁|joy 😂|sweat_smile 😅|cry 😢|scream 😱|sleeping 😴|zzz 💤|sunglasses 😎|bust_in_silhouette 👤|busts_in_silhouette 👥|crystal_ball 🔮|coffee ☕|sunrise 🌅|crescent_moon 🌙|dart 🎯|checkered_flag 🏁|recycle ♻️|information_source ℹ️|speech_balloon 💬|arrow_forward ▶️|double_vertical_bar ⏸️|black_square_for_stop ⏹️
`

const byName = new Map(
  table
    .trim()
    .split(/[|\n]/)
    .map((entry) => entry.trim().split(' ')),
)

/** The character of a shortcode, or the shortcode itself with its colons where it is not known. */
export function emoji(name) {
  return byName.get(name.split('::')[0]) ?? `:${name}:`
}

/** Text with known `:shortcodes:` turned into characters. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name) => byName.get(name) ?? all)
}

/** A shortcode as a picture or character. */
export function emojiNode(name) {
  return glyph(emoji(name))
}

/** Text with shortcodes and signs turned into pictures and characters. */
export function emojiNodes(text) {
  return withGlyphs(withEmoji(text))
}

/** The reactions offered on hover. */
export const quickReactions = ['+1', 'eyes', 'white_check_mark', 'tada']
