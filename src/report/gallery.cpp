// The gallery: a place for the script to lay people and pairs out in, and the data that it lays out.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "report/json_maybe.hpp"
#include "report/numbers.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

using Gallery = ReportModel::Gallery;
using Json = nlohmann::ordered_json;

std::string pictures_text(const Gallery& gallery) {
  if (gallery.redaction.empty()) {
    return "No pictures were given (--train-images, --synthetic-images), so the pairs are shown by name alone.";
  }
  if (gallery.redaction == "blur") {
    return "Real faces are blurred here (--redact none shows them); the synthetic ones are shown as they are, and a "
           "near-copy "
           "among them shows the person all the same.";
  }
  if (gallery.redaction == "omit")
    return "Training pictures are left out of this file (--redact omit); a synthetic near-copy shows the person all "
           "the same.";
  return "<strong>Training pictures are shown as they are</strong> (--redact none): where they are photographs of real "
         "people, handle this file as such.";
}

Json look_data(const Gallery::Look& look) {
  Json sights = Json::array();
  for (const Gallery::Sight& sight : look.sights) sights.push_back(Json::array({maybe(sight.score), maybe(sight.fmr)}));
  return {{"train", look.train},
          {"synthetic", look.synthetic},
          {"sights", std::move(sights)},
          {"similarity", maybe(look.similarity)},
          {"kind", look.kind},
          {"train_picture", maybe(look.train_picture)},
          {"synthetic_picture", maybe(look.synthetic_picture)}};
}

}  // namespace

void write_gallery(Html& html, const ReportModel& model) {
  const Gallery& gallery = model.gallery;
  if (gallery.people.empty()) return;
  html.raw("<section id=\"gallery\" aria-labelledby=\"gallery-head\">\n<h2 id=\"gallery-head\">");
  html.raw(gallery.listed ? "Who is shown" : "Nobody is named; the best pairs").raw("</h2>\n<p>");
  if (gallery.listed) {
    html.raw("Everybody on a list of any matcher, and everybody whom a listed synthetic image matches best: ");
    html.raw(count_text(gallery.people.size())).raw(" ").raw(people_word(model)).raw(", strongest evidence first.");
    if (gallery.left_out > 0) {
      html.raw(" ").raw(count_text(gallery.left_out)).raw(" more are in identities.csv alone.");
    }
  } else {
    html.raw(
        "No list names anybody. These are merely the pairs that score best, which there always are: candidates to "
        "look at, not findings.");
  }
  html.raw(" ").raw(pictures_text(gallery));
  if (gallery.unreadable > 0) {
    html.raw(" ").raw(count_text(gallery.unreadable));
    html.raw(gallery.unreadable == 1 ? " picture is missing or broken." : " pictures are missing or broken.");
  }
  html.raw(
      "</p>\n<div class=\"tools\" id=\"gallery-controls\" role=\"group\" aria-label=\"Filters\"></div>\n"
      "<p class=\"note\" id=\"gallery-status\" role=\"status\"></p>\n"
      "<ul class=\"people\" id=\"gallery-people\"></ul>\n<div class=\"pages\" id=\"gallery-pages\"></div>\n"
      "<noscript><p>The gallery needs JavaScript; its rows are in gallery.csv.</p></noscript>\n</section>\n");
}

Json gallery_data(const Gallery& gallery) {
  Json people = Json::array();
  for (const Gallery::Person& person : gallery.people) {
    Json standings = Json::array();
    for (const Gallery::Standing& standing : person.standings) {
      standings.push_back(Json::array({maybe(standing.p), maybe(standing.q)}));
    }
    Json looks = Json::array();
    for (const Gallery::Look& look : person.looks) looks.push_back(look_data(look));
    people.push_back({{"id", person.id},
                      {"images", person.images},
                      {"standings", std::move(standings)},
                      {"looks", std::move(looks)}});
  }
  return {{"listed", gallery.listed}, {"redaction", gallery.redaction}, {"people", std::move(people)}};
}

std::string gallery_pictures(const Gallery& gallery) {
  std::string array = "[";
  for (const std::vector<std::uint8_t>& picture : gallery.pictures) {
    array += array.size() > 1 ? ",\"" : "\"";
    array += base64(picture);
    array += '"';
  }
  return array + "]";
}

}  // namespace semblance::report_stage
