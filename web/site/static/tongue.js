// What of the page lies outside its content: the language that screen readers take it for, and the link to the content.
export default function ({ data }) {
  document.documentElement.lang = data.language;
  const link = document.querySelector("[data-testid=stSkipToContent]");
  if (link?.firstChild) link.firstChild.nodeValue = data.skip;
}
