// Every word of the upload page. The texts come translated with the page; numbers, dates and plurals from Intl.

/** @param {object} texts by name; a text with a number has plural forms */
export function createTexts(texts, language) {
  const locale = language === "en" ? "en-GB" : language; // day before month, as the rest of the portal
  const numbers = new Intl.NumberFormat(locale);
  const plurals = new Intl.PluralRules(locale);
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const shown = (value) => (typeof value === "number" ? numbers.format(value) : String(value ?? ""));

  function say(name, values = {}) {
    const text = texts[name];
    const form = typeof text === "string" ? text : (text[plurals.select(values.n)] ?? text.other);
    return form.replace(/\{(\w+)\}/g, (_, key) => shown(values[key]));
  }

  return {
    say,
    knows: (name) => Object.hasOwn(texts, name),
    count: (name, n) => say(name, { n }),
    /** A DICOM date (YYYYMMDD) in words; `otherwise` where the calendar has no such day, as in 19800000. */
    date(value, otherwise = say("date-unknown")) {
      const parts = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(value)?.slice(1).join("-");
      const day = new Date(parts);
      return day.toJSON()?.startsWith(parts) ? days.format(day) : otherwise;
    },
    size: (bytes) => {
      const [unit, value] = bytes >= 1e9 ? ["gigabyte", bytes / 1e9] : ["megabyte", bytes / 1e6];
      return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
    },
  };
}
