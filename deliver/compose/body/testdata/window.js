// What a reader sees of each mail: how wide it is, and the worst of its texts by
// contrast, size and line height. Runs in the page that holds the mails' frames.
addEventListener("load", () => {
  const colour = s => { const p = s.match(/[\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p }
  const luminance = c => {
    const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (e, view) => {
    for (; e; e = e.parentElement) {
      const c = colour(view.getComputedStyle(e).backgroundColor)
      if (c[3] > 0) return c
    }
    return [255, 255, 255, 1]
  }
  const look = frame => {
    const view = frame.contentWindow, doc = frame.contentDocument
    const seen = { Name: frame.name, Window: frame.width * 1, Width: doc.documentElement.scrollWidth, Contrast: 21, Size: 99, Line: 9, Text: "", Lost: "" }
    const walk = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
      const node = walk.currentNode, parent = node.parentElement
      if (!node.data.trim()) continue
      const range = doc.createRange()
      range.selectNodeContents(node)
      const boxes = range.getClientRects()
      if (!boxes.length) continue // hidden, as the text for lists of mails is
      for (const box of boxes) if (box.width > 0.5 && (box.left < -0.5 || box.right > frame.width * 1 + 0.5)) seen.Lost ||= node.data.slice(0, 40)
      seen.Text += node.data.replace(/\s+/g, " ")
      const style = view.getComputedStyle(parent), size = parseFloat(style.fontSize)
      const a = luminance(colour(style.color)), b = luminance(behind(parent, view))
      const worst = (key, value) => { if (value < seen[key]) { seen[key] = value; seen[key + "At"] = node.data.trim().slice(0, 40) } }
      worst("Contrast", (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05))
      if (parent.closest("rt,rp")) continue // a reading is small, above its word
      worst("Line", (parseFloat(style.lineHeight) || 0) / size)
      worst("Size", size)
    }
    return seen
  }
  document.title = "looked"
  document.body.innerHTML = "<pre>" + JSON.stringify([...document.querySelectorAll("iframe")].map(look)).replace(/&/g, "&amp;").replace(/</g, "&lt;") + "</pre>"
})
