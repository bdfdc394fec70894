// What each of two matchers could not see, and how their embeddings were made.

#include "report/sample/views.hpp"

namespace semblance::sample {

void add_views(ReportModel& r) {
  r.consensus = ReportModel::Consensus{.at_least = 2, .fdr = {}};
  for (const auto& list : r.matchers.back().identity_lists) r.consensus->fdr.push_back(list);
  r.train.rejected = 7;
  r.train.rejections = {{"no face found", 5}, {"broken picture", 2}};
  r.train.lost_people = {"person-002001", "person-002002"};
  const ReportModel::View synthetic{.location = "case/synthetic",
                                    .rejected = 3,
                                    .rejections = {{"no face", 2}, {"broken picture", 1}},
                                    .left_out = {}};
  const ReportModel::View holdout{.location = "case/holdout", .rejected = 0, .rejections = {}, .left_out = {}};
  r.matchers[0].views = ReportModel::Views{.train = {.location = "case/train",
                                                     .rejected = 5,
                                                     .rejections = {{"no face found", 5}},
                                                     .left_out = {{"adaface-r100", "broken picture", 2}}},
                                           .synthetic = synthetic,
                                           .holdout = holdout};
  r.matchers[1].views = ReportModel::Views{.train = {.location = "case/train-b",
                                                     .rejected = 2,
                                                     .rejections = {{"broken picture", 2}},
                                                     .left_out = {{"arcface-r50", "no face found", 5}}},
                                           .synthetic = synthetic,
                                           .holdout = holdout};
  r.made = {{.matcher = "arcface-r50",
             .set = "train",
             .facts = {{"engine", "ONNX Runtime 1.31.1"}, {"device", "cuda:0"}, {"alignment", "detector"}}},
            {.matcher = "adaface-r100", .set = "", .facts = {{"process", "adaface"}, {"process_version", "3.1"}}}};
}

void corrupt_views(ReportModel& r, const std::function<void(std::string&)>& corrupt) {
  corrupt(r.train.lost_people.front());
  for (auto& m : r.matchers) {
    corrupt(m.views->train.location);
    corrupt(m.views->train.rejections.front().first);
    corrupt(m.views->train.left_out.front().matcher);
    corrupt(m.views->train.left_out.front().why);
  }
  for (auto& making : r.made) {
    corrupt(making.matcher);
    corrupt(making.set);
    corrupt(making.facts.front().second);
  }
}

}  // namespace semblance::sample
