// What a page is looked at for, as a browser shows it. Each function returns what is
// wrong, one sentence each: cut and overlap for WCAG 1.4.10, space for 1.4.12, contrasts
// for 1.4.3 and 1.4.11, target for 2.5.8, focus for 2.4.3, 2.4.7 and 2.4.11, forced for
// forced colours, plain for a browser without style sheets, still for 2.3.3, parts for 3.1.2,
// purpose for 1.3.5.
globalThis.looks ??= (() => {
  const name = (e) => {
    const said = (e.getAttribute('aria-label') || e.innerText || e.value || '').trim().replace(/\s+/g, ' ').slice(0, 40);
    const kind = typeof e.className === 'string' && e.className ? '.' + e.className.trim().split(/\s+/).join('.') : '';
    return `<${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''}${kind}> "${said}"`;
  };
  const style = (e, pseudo) => getComputedStyle(e, pseudo);
  const hidden = (e) => e.closest('[aria-hidden=true], .skip') !== null;
  const shown = (e) => {
    const r = e.getBoundingClientRect();
    return r.width > 0 && r.height > 0 && e.checkVisibility({ visibilityProperty: true }) && !e.closest('[aria-hidden=true]');
  };
  const all = (selector = 'body *') => [...document.querySelectorAll(selector)];
  const scrolls = (e) => e.closest('[tabindex="0"]') !== null; // a table of many columns, within a box of its own

  // texts are the lines that are read, each with the element that it is of.
  const texts = () => {
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const of = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || hidden(of) || !shown(of) || of.closest('option, svg, title, desc')) continue;
      const range = document.createRange();
      range.selectNodeContents(walk.currentNode);
      for (const r of range.getClientRects()) if (r.width > 0 && r.height > 0) found.push({ of, r });
    }
    return found;
  };

  const cut = () => {
    const wrong = [];
    const wide = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth > wide) wrong.push(`the page is ${document.scrollingElement.scrollWidth} px wide in a window of ${wide}`);
    for (const { of, r } of texts()) if (!scrolls(of) && (r.right > wide + 1 || r.left < -1)) wrong.push(`${name(of)} stands outside of the window`);
    for (const e of all()) {
      if (hidden(e) || !shown(e) || e.matches('input, select, option, svg, svg *')) continue;
      const s = style(e);
      const tight = (way) => ['hidden', 'clip'].includes(s[way]);
      if (tight('overflowX') && e.scrollWidth > e.clientWidth + 1 || tight('overflowY') && e.scrollHeight > e.clientHeight + 1) wrong.push(`${name(e)} is cut off`);
    }
    for (const e of all('button, label, summary')) if (shown(e) && !hidden(e) && e.scrollWidth > e.clientWidth + 2) wrong.push(`${name(e)} runs over its edge`);
    return wrong;
  };

  const overlap = () => {
    const wrong = new Set();
    // The glyphs stand in the middle part of their line's box.
    const lines = texts().map(({ of, r }) => ({ of, l: r.left + 1, r: r.right - 1, t: r.top + r.height * 0.25, b: r.bottom - r.height * 0.25 }));
    lines.sort((a, b) => a.t - b.t);
    for (let i = 0; i < lines.length; i++) {
      for (let j = i + 1; j < lines.length && lines[j].t < lines[i].b; j++) {
        if (lines[i].l < lines[j].r && lines[j].l < lines[i].r) wrong.add(`${name(lines[i].of)} and ${name(lines[j].of)} lie over each other`);
      }
    }
    return [...wrong];
  };

  // stops are what the Tab key reaches, in the order of the document.
  const stops = () => {
    const groups = new Set();
    return all('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]').filter((e) => {
      if (e.tabIndex < 0 || e.disabled || !shown(e)) return false;
      if (e.type !== 'radio') return true;
      const group = `${e.form?.action} ${e.name}`;
      const chosen = [...document.getElementsByName(e.name)].find((r) => r.checked);
      if (groups.has(group) || chosen && chosen !== e) return false; // one stop for all of them
      return groups.add(group);
    });
  };

  // target allows what 2.5.8 allows: links in a sentence, and small ones with room around.
  const target = () => {
    const wrong = [];
    const boxes = stops().filter((e) => !e.matches('.skip, [tabindex="0"]')).map((e) => {
      let { left, top, right, bottom } = e.getBoundingClientRect();
      for (const l of e.labels || []) {
        const r = l.getBoundingClientRect();
        [left, top, right, bottom] = [Math.min(left, r.left), Math.min(top, r.top), Math.max(right, r.right), Math.max(bottom, r.bottom)];
      }
      return { e, left, top, right, bottom, x: (left + right) / 2, y: (top + bottom) / 2, small: right - left < 24 || bottom - top < 24 };
    });
    for (const a of boxes.filter((b) => b.small)) {
      const text = (a.e.closest('p, li, dd, td')?.innerText || '').trim();
      if (a.e.matches('a') && style(a.e).display === 'inline' && text.length > a.e.innerText.trim().length) continue;
      for (const b of boxes) {
        const away = Math.hypot(Math.max(b.left - a.x, 0, a.x - b.right), Math.max(b.top - a.y, 0, a.y - b.bottom));
        if (b !== a && (away < 12 || b.small && Math.hypot(a.x - b.x, a.y - b.y) < 24)) wrong.push(`${name(a.e)} is ${Math.round(a.right - a.left)} by ${Math.round(a.bottom - a.top)} px, and close to ${name(b.e)}`);
      }
    }
    return wrong;
  };

  const rgb = (colour) => {
    const c = (colour.match(/[\d.]+/g) || []).map(Number);
    return { c: c.slice(0, 3), a: c.length > 3 ? c[3] : 1 };
  };
  const light = (colour) => {
    const [r, g, b] = rgb(colour).c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  // behind is the colour that an element lies on.
  const behind = (e) => {
    for (e = e.parentElement; e; e = e.parentElement) if (rgb(style(e).backgroundColor).a > 0) return style(e).backgroundColor;
    return matchMedia('(prefers-color-scheme: dark)').matches && style(document.documentElement).colorScheme.includes('dark') ? 'rgb(0, 0, 0)' : 'rgb(255, 255, 255)';
  };

  // under is the colour that an element's own text lies on.
  const under = (e) => (rgb(style(e).backgroundColor).a > 0 ? style(e).backgroundColor : behind(e));
  const contrasts = () => {
    const wrong = new Set();
    const controls = all('input:not([type=hidden], [type=radio], [type=checkbox]), select, button').filter((e) => shown(e) && !hidden(e));
    for (const of of [...texts().map((x) => x.of), ...controls]) {
      const s = style(of);
      const size = parseFloat(s.fontSize);
      const least = size >= 24 || size >= 18.66 && s.fontWeight >= 700 ? 3 : 4.5;
      const is = contrast(s.color, under(of));
      if (is < least) wrong.add(`${name(of)} has a contrast of ${is.toFixed(2)}: ${s.color} on ${under(of)}`);
    }
    for (const e of controls) {
      const is = Math.max(contrast(style(e).borderTopColor, behind(e)), contrast(under(e), behind(e)));
      if (is < 3) wrong.add(`the edge of ${name(e)} has a contrast of ${is.toFixed(2)}`);
    }
    return [...wrong];
  };

  // focus is where the Tab key has led: which stop that is, and what is wrong with it.
  const focus = () => {
    const e = document.activeElement;
    const at = stops().indexOf(e);
    const wrong = [];
    if (!e || e === document.body) return { at: -1, name: 'nothing', wrong };
    const s = style(e);
    const r = e.getBoundingClientRect();
    const ring = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
    const seen = [s.outlineColor, ...(s.boxShadow.match(/rgba?\([^)]*\)/g) || [])].some((c) => rgb(c).a > 0 && contrast(c, behind(e)) >= 3);
    if (!ring || !seen) wrong.push(`${name(e)} has the focus, and nobody sees it: outline ${s.outlineStyle} ${s.outlineWidth} ${s.outlineColor} on ${behind(e)}`);
    if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) wrong.push(`${name(e)} has the focus, outside of the window`);
    else {
      const top = document.elementFromPoint(Math.min(Math.max(r.left + r.width / 2, 1), innerWidth - 1), Math.min(Math.max(r.top + r.height / 2, 1), innerHeight - 1));
      if (top && !e.contains(top) && !top.contains(e)) wrong.push(`${name(e)} has the focus, below ${name(top)}`);
    }
    return { at, name: name(e), top: r.top + scrollY, left: r.left, bottom: r.bottom + scrollY, wrong };
  };

  // paint notes which parts are told apart by what lies behind them, for forced, under
  // which no such colour is left.
  const paint = () => {
    for (const e of all()) {
      const own = style(e).backgroundColor;
      e.toggleAttribute('data-painted', rgb(own).a > 0 && own !== behind(e) && shown(e) && !e.closest('option, img'));
    }
    return [];
  };
  const forced = () => {
    const wrong = [];
    if (!matchMedia('(forced-colors: active)').matches) wrong.push('the browser forces no colours');
    const sides = (e) => ['Top', 'Right', 'Bottom', 'Left'].filter((d) => style(e)[`border${d}Style`] !== 'none' && parseFloat(style(e)[`border${d}Width`]) > 0).length;
    for (const e of all('[data-painted]:not(.skip)')) if (sides(e) === 0 && style(e).outlineStyle === 'none') wrong.push(`${name(e)} is told apart by its background alone`);
    for (const e of all('button, input:not([type=hidden], [type=radio], [type=checkbox]), select')) if (shown(e) && sides(e) < 4 && style(e).textDecorationLine !== 'underline') wrong.push(`${name(e)} has neither a border nor a line`);
    return wrong;
  };

  // plain looks at the page as it is without a style sheet.
  const plain = () => {
    const wrong = [];
    for (const sheet of document.styleSheets) sheet.disabled = true;
    for (const e of all('style')) e.disabled = true;
    const controls = all('input:not([type=hidden]), select, textarea');
    for (const e of controls) {
      const label = e.labels?.[0];
      if (!label || !label.innerText.trim()) { wrong.push(`${name(e)} has no label that is read`); continue; }
      const order = label.compareDocumentPosition(e);
      const first = e.matches('[type=radio], [type=checkbox]') ? e : label;
      const second = first === e ? label : e;
      if (!(order & Node.DOCUMENT_POSITION_CONTAINED_BY) && !(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING)) wrong.push(`${name(e)} and its label stand the wrong way round`);
      const between = controls.filter((o) => o !== e && first.compareDocumentPosition(o) & Node.DOCUMENT_POSITION_FOLLOWING && second.compareDocumentPosition(o) & Node.DOCUMENT_POSITION_PRECEDING && !(first.contains(o) || second.contains(o)));
      if (between.length) wrong.push(`${name(between[0])} stands between ${name(e)} and its label`);
    }
    let level = 0;
    for (const h of all('h1, h2, h3, h4, h5, h6')) {
      const now = Number(h.tagName[1]);
      if (now > level + 1) wrong.push(`${name(h)} skips a level`);
      level = now;
    }
    const main = document.querySelector('main');
    if (!main || main.querySelector('h1, h2, h3, h4, h5, h6')?.tagName !== 'H1') wrong.push('the first heading of what the page says is no <h1>');
    for (const e of all('[style], font, center, b, i')) wrong.push(`${name(e)} is styled by itself`);
    for (const sheet of document.styleSheets) sheet.disabled = false;
    return wrong;
  };

  const still = () => {
    const wrong = [];
    const moves = (list) => list.split(',').some((d) => parseFloat(d) > 0);
    for (const e of all('*')) {
      for (const pseudo of [null, '::before', '::after']) {
        const s = style(e, pseudo);
        if (s.animationName !== 'none' || moves(s.transitionDuration) || s.scrollBehavior === 'smooth') wrong.push(`${name(e)}${pseudo || ''} moves`);
      }
    }
    return wrong;
  };

  // parts are texts in a script that the language said of them is not written in.
  const parts = () => {
    const wrong = new Set();
    const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const of = walk.currentNode.parentElement;
      const lang = of.closest('title, a[download]') ? '' : of.closest('[lang]')?.lang; // neither has parts
      if (lang === 'en' && /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(walk.currentNode.data)) wrong.add(`${name(of)} is Japanese, and said to be English`);
      if (lang === 'ja' && /([a-z]{2,} ){4}/.test(walk.currentNode.data)) wrong.add(`${name(of)} is English, and said to be Japanese`);
    }
    return [...wrong];
  };

  // purpose is said of what asks about the reader (WCAG 1.3.5), by the names of usual fields.
  const purpose = () => {
    const wrong = [];
    const asked = { email: 'email', name: 'name', organisation: 'organization', prefecture: 'address-level1' };
    for (const e of all('input:not([type=hidden], [type=checkbox]), select')) {
      const want = asked[e.name];
      if (want && shown(e) && e.autocomplete !== want) wrong.push(`${name(e)} does not say that it asks for ${want}`);
    }
    return wrong;
  };

  // space sets the text as WCAG 1.4.12 has it set, which a reader may do to any page.
  const space = () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
    document.adoptedStyleSheets = [sheet];
    const wrong = [...cut(), ...overlap()];
    document.adoptedStyleSheets = [];
    return wrong;
  };

  return { cut, overlap, stops: () => stops().map(name), target, contrasts, focus, paint, forced, plain, still, parts, purpose, space };
})();
