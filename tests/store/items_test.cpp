// The items CSV beside an embedding file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "base/temp_folder.hpp"
#include "store/fixtures.hpp"

namespace semblance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Items : public ::testing::Test {
 protected:
  // Three rows of two dimensions.
  [[nodiscard]] EmbeddingSource with(const std::string& csv) const {
    return {.location = temp_.file("r.npy", npy_bytes({1, 2, 3, 4, 5, 6}, 3, 2)).string(),
            .items = temp_.file("r.csv", csv)};
  }
  void expect_items_refused(const std::string& csv, const std::vector<std::string>& fragments) const {
    SCOPED_TRACE(csv);
    expect_refused(with(csv), items(), fragments);
  }
  [[nodiscard]] std::string items() const { return (temp_.path() / "r.csv").string(); }
  [[nodiscard]] std::string embeddings() const { return (temp_.path() / "r.npy").string(); }

  TempFolder temp_;
};

TEST_F(Items, NameRowsAndPeopleInAnyOrderOfColumnsAndAnyCase) {
  const EmbeddingSet set =
      read_embeddings(with("Quality, Identity ,PATH,ID\r\n.5,zoe,z/1.jpg,b\r\n.6,Ann,a/1.jpg,a\r\n,zoe,,B\r\n"));
  EXPECT_THAT(set.ids, ElementsAre("b", "a", "B"));
  EXPECT_THAT(set.order, ElementsAre(2U, 1U, 0U));  // by bytes: capitals first
  EXPECT_THAT(set.paths, ElementsAre("z/1.jpg", "a/1.jpg", ""));
  EXPECT_TRUE(set.labelled);
  EXPECT_THAT(set.identity_names, ElementsAre("Ann", "zoe"));
  EXPECT_THAT(set.identity, ElementsAre(1U, 0U, 1U));
  EXPECT_EQ(set.rejected, 0U);
  EXPECT_EQ(set.items_sha256, sha256_file(items()));
  EXPECT_EQ(set.sha256, sha256_file(embeddings()));
}

TEST_F(Items, KnowTheOtherNamesOfIdAndIdentity) {
  for (const char* identity : {"identity", "label", "subject", "person", "identity_id"}) {
    for (const char* id : {"id", "path", "filename"}) {
      const EmbeddingSet set = read_embeddings(with(std::string(id) + "," + identity + "\nx,1\ny,1\nz,2\n"));
      EXPECT_THAT(set.ids, ElementsAre("x", "y", "z")) << id;
      EXPECT_THAT(set.identity, ElementsAre(0U, 0U, 1U)) << identity;
    }
  }
  const EmbeddingSet both = read_embeddings(with("label,filename,path,identity\nl,f1,p1,i\nl,f2,p2,i\nl,f3,p3,i\n"));
  EXPECT_THAT(both.ids, ElementsAre("p1", "p2", "p3"));
  EXPECT_THAT(both.identity_names, ElementsAre("i"));
}

TEST_F(Items, MayNameNobody) {
  for (const char* csv : {"id\nc\nb\na\n", "id,identity\nc,\nb,\na,\n"}) {
    const EmbeddingSet set = read_embeddings(with(csv));
    EXPECT_FALSE(set.labelled);
    EXPECT_THAT(set.identity, ElementsAre(2U, 1U, 0U));  // every row its own, in tie order
    EXPECT_THAT(set.identity_names, ElementsAre("a", "b", "c"));
    EXPECT_THAT(set.paths, IsEmpty());
  }
}

TEST_F(Items, MayGiveLabelsWithoutIds) {
  const EmbeddingSet set = read_embeddings(with("identity\nb\na\nb\n"));
  EXPECT_THAT(set.ids, ElementsAre("0", "1", "2"));
  EXPECT_THAT(set.order, ElementsAre(0U, 1U, 2U));
  EXPECT_THAT(set.identity, ElementsAre(1U, 0U, 1U));
}

TEST_F(Items, CountWhatWasRejected) {
  const EmbeddingSet set = read_embeddings(
      with("id,identity,status,rejection\na,p,ok,\nx,,no-face,none found\nb,p,OK,\ny,p,unreadable,\nc,q,,\n"));
  EXPECT_THAT(set.ids, ElementsAre("a", "b", "c"));
  EXPECT_EQ(set.rejected, 2U);
  EXPECT_TRUE(set.labelled);
}

TEST_F(Items, MustBeAsManyAsTheEmbeddings) {
  expect_items_refused("id\na\nb\n", {"2 items", embeddings(), "3 embeddings"});
  expect_items_refused("id\na\nb\nc\nd\n", {"4 items", embeddings(), "3 embeddings"});
  expect_items_refused("id,status\na,ok\nb,ok\nc,failed\n", {"2 items", "3 embeddings"});
  expect_items_refused("id\n", {"0 items", "3 embeddings"});
}

TEST_F(Items, MustHaveIdsThatAreUniqueAndNotEmpty) {
  expect_items_refused("id\na\nb\na\n", {"line 4", "'a'", "line 2"});
  expect_items_refused("id,status\na,ok\nb,ok\nc,ok\nb,failed\n", {"line 5", "'b'", "line 3"});
  expect_items_refused("id,identity\na,p\n,p\nc,p\n", {"line 3", "id is empty"});
}

TEST_F(Items, MustLabelAllOrNone) {
  expect_items_refused("id,identity\na,p\nb,\nc,p\n", {"line 3", "no identity"});
  expect_items_refused("id,identity,status\nx,,failed\na,,ok\nb,p,ok\nc,p,ok\n", {"line 3", "no identity"});
}

TEST_F(Items, MustHaveAHeaderAndEvenLines) {
  expect_items_refused("", {"empty"});
  expect_items_refused("a,p\nb,p\nc,q\n", {"no column named", "'a,p'"});
  expect_items_refused("id,identity\na,p\nb\nc,q\n", {"line 3", "1 fields", "header has 2"});
  expect_items_refused("id,ID\na,b\n", {"'id' twice"});
  expect_items_refused("id\n\"a\n", {"line 2", "never closed"});
}

TEST_F(Items, MustExist) {
  EmbeddingSource source = with("id\n");
  source.items = temp_.path() / "missing.csv";
  expect_refused(source, source.items->string(), {"No such file"});
  source.items = temp_.path();
  expect_refused(source, source.items->string(), {"folder"});
}

TEST_F(Items, MustAgreeWithTheIdsOfTheEmbeddingFile) {
  const std::string csv = temp_.file("e.csv", "a,1,2\nb,3,4\n").string();
  const auto agreeing = temp_.file("agree.csv", "id,identity\na,p\nb,q\n");
  const EmbeddingSet set = read_embeddings({.location = csv, .items = agreeing});
  EXPECT_THAT(set.identity_names, ElementsAre("p", "q"));
  const auto swapped = temp_.file("swapped.csv", "id,identity\nb,q\na,p\n");
  expect_refused({.location = csv, .items = swapped}, swapped.string(), {"row 0", "'b'", "'a'", csv});
}

}  // namespace
}  // namespace semblance::testing
