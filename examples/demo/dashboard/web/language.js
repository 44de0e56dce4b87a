// uPlot makes a number format of the browser's language while it is loaded. In the locale C.UTF-8, WebKitGTK's language is
// "C", which no Intl takes: without this, nothing would be drawn there.

try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
