{{ module }}
{% if not titled %}
// The page's title has no language of its own, so it follows the visitor's.
const element = document.querySelector('pillarbox-upload');
document.documentElement.lang = element.language;
document.title = document.querySelector('h1').textContent = element.caption;
{% endif %}
